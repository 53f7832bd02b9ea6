"""What the site tells of an experiment that ran on several TVM builds, and of two of them side by side."""

from __future__ import annotations

import html
import re
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_relaybench.history.records import Record, TestOutcome, read_record, write_record
from pytest_relaybench.home import Home
from tests.subsystems.loading import load
from tests.subsystems.sample_builds import BRANCH, BUILD_LOG, HASHES, MAIN
from tests.subsystems.sample_experiments import ATTACK
from tests.subsystems.sample_home import build_site, make_home, run_id_of

PACKAGE = load("website").__name__
failures, side_by_side = (sys.modules[f"{PACKAGE}.{name}"] for name in ("failures", "side_by_side"))
NEWEST = run_id_of(39, 40)


def shown(page: str) -> str:
    """The page's text, as a reader sees it."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page))).replace("\xa0", " ")


def section(site: Path, name: str) -> str:
    """The HTML of an experiment's comparisons."""
    page = (site / "experiments" / f"{name}.html").read_text(encoding="utf-8")
    return page.split('id="side-by-side"')[1].split("</section>")[0]


def row(site: Path, name: str) -> str:
    """The overview's HTML of one experiment."""
    rows = (site / "index.html").read_text(encoding="utf-8").split("<tbody>")[1].split("</tbody>")[0].split("<tr ")
    return next(row for row in rows if f"experiments/{name}.html" in row)


def record_of(home: Home, name: str = "branches", **changes: Any) -> Record:
    """The newest record of a sample experiment."""
    return replace(read_record(home.data_file(name, NEWEST)), **changes)


def test_builds_side_by_side_come_right_after_the_strip(site: Path) -> None:
    """Which builds by label and hash, a row per case, the gravest first, and the mean over all."""
    page = (site / "experiments" / "branches.html").read_text(encoding="utf-8")
    assert page.split("</dl>", 1)[1].lstrip().startswith('<section class="rb-side-by-side">')
    told = section(site, "branches")
    text = shown(told)
    assert f"{BRANCH} {HASHES[BRANCH][:10]} against {MAIN} {HASHES[MAIN][:10]}" in text
    assert "1 slower, 2 faster, 1 unsure, of 8" in text
    cases = re.findall(r'<th scope="row">(.+?)</th>', told)
    assert cases[:3] == ["layer_norm length=128", "attention length=512", "attention length=2048"]
    assert cases[-1] == "geometric mean of 8"
    assert len(cases) == 9


def test_a_case_tells_change_interval_verdict_values_processes_and_seconds(site: Path, home: Home) -> None:
    """The values are the medians of the record's measurements of either build."""
    record = record_of(home)
    case = {"operator": "layer_norm", "length": 128, "dtype": "float32"}
    medians = {m.variant: m.stats.median for m in record.measurements if m.params == case}
    found = section(site, "branches").split("layer_norm length=128")[1].split("</tr>")[0]
    told = next(c for c in record.extra["comparisons"] if c["kind"] == "slower")
    text = shown(found)
    assert f"+{100 * (told['ratio'] - 1):.1f} %" in text
    assert f"+{100 * (told['ci_low'] - 1):.1f} % to +{100 * (told['ci_high'] - 1):.1f} %" in text
    assert "slower" in text
    assert f"{1000 * medians[MAIN]:.2f} ms" in text
    assert f"{1000 * medians[BRANCH]:.2f} ms" in text
    assert "5 + 5" in text
    assert "1 min 16 s" in text


def test_the_page_says_what_it_means_and_how_to_repeat_it(site: Path) -> None:
    """The first row again, by a command for the shell."""
    text = shown(section(site, "branches"))
    assert "the whole interval lies beyond ±1 %; same : within ±2 %" in text
    assert "99 % interval" in text
    command = "pytest bench/test_branches.py --compare git:main..git:fuse-attention"
    assert f"{command} -k 'test_operator and layer_norm and 128'" in text


def test_the_overview_tells_it_in_the_verdict_cell(site: Path) -> None:
    """Beside the verdict on all nights; a slower build marks the row as a slower series does."""
    assert "side by side: 1 slower, 2 faster, 1 unsure, of 8" in shown(row(site, "branches"))
    assert "unsure: 6 of 29 nights" in shown(row(site, "branches"))
    assert "rb-verdict-slower" in row(site, "branches")
    assert "side by side" not in row(site, "relay_opt")


def test_labels_are_text_and_the_command_stays_one_argument(site: Path) -> None:
    """Nothing in a label is markup, and nothing in it gets out of its quotes in a shell."""
    told = section(site, "attack")
    assert "<script" not in told
    assert "<img" not in told
    assert f"git:{ATTACK}" in html.unescape(told)
    command = html.unescape(re.findall(r'<code class="rb-command">(.+?)</code>', told)[0])
    words = shlex.split(command)
    assert words[:5] == ["pytest", "bench/test_attack.py", "--home", "HOME", "--compare"]
    assert words[5] == f"git:{ATTACK}..named {ATTACK}"
    assert len(words) == 8
    assert "1 of the record's comparisons cannot be read" in shown(told)


@pytest.mark.parametrize(
    "damage", [{"ratio": "fast"}, {"kind": "<b>"}, {"n_base": -1}, {"params": 3}, {"spent_s": float("nan")}]
)
def test_a_damaged_comparison_costs_only_itself(home: Home, damage: dict[str, Any]) -> None:
    """The others are told, and how many cannot be read."""
    record = record_of(home)
    first, *others = record.extra["comparisons"]
    found = side_by_side.side_by_side_of(replace(record, extra={"comparisons": [{**first, **damage}, *others]}))
    assert (len(found.pairs[0].cases), found.unreadable) == (7, 1)


@pytest.mark.parametrize("extra", [{}, {"comparisons": None}, {"comparisons": {}}, {"comparisons": []}])
def test_without_comparisons_nothing_is_said(home: Home, extra: dict[str, Any]) -> None:
    """Nor without a record."""
    for found in (side_by_side.side_by_side_of(record_of(home, extra=extra)), side_by_side.side_by_side_of(None)):
        assert (found.text, found.kind, found.labels) == ("", "", frozenset())


def test_a_comparison_may_have_no_ratio_and_no_values(home: Home) -> None:
    """Then there are dashes, and the mean is over the others."""
    record = record_of(home)
    told = [
        {**c, "ratio": None, "ci_low": None, "ci_high": None, "kind": "unsure"} for c in record.extra["comparisons"]
    ]
    pair = side_by_side.side_by_side_of(replace(record, extra={"comparisons": told}, measurements=[])).pairs[0]
    assert pair.judgement == ("unsure", "8 unsure of 8")
    assert str(pair.mean) == str(pair.cases[0].base_value) == "nan"
    assert not pair.cases[0].has_interval


def test_a_build_against_itself_has_two_values(home: Home) -> None:
    """Both sides stand under one label, the base first."""
    record = record_of(home)
    own = [replace(m, variant=MAIN, tvm_hash=HASHES[MAIN]) for m in record.measurements]
    told = [{**c, "candidate": MAIN, "candidate_hash": HASHES[MAIN]} for c in record.extra["comparisons"]]
    pair = side_by_side.side_by_side_of(replace(record, extra={"comparisons": told}, measurements=own)).pairs[0]
    case = next(case for case in pair.cases if case.name == "attention length=2048")
    assert case.base_value > 1.1 * case.candidate_value


def test_several_variants_have_a_column_and_a_verdict_each(site: Path) -> None:
    """One variant needs no column."""
    page = (site / "experiments" / "versions.html").read_text(encoding="utf-8")
    table = page.split('id="metric-time"')[1].split("</table>")[0]
    assert 'scope="col">Variant</th>' in table
    for label in ("installed", "release:0.26.0", MAIN):
        assert table.count(f"<td>{label}</td>") == 2
    assert table.count('<span class="rb-badge rb-missing">missing</span>') == 2
    assert ">Variant<" not in (site / "experiments" / "relay_opt.html").read_text(encoding="utf-8")


def test_every_variants_hash_is_listed_as_run(site: Path) -> None:
    """In full."""
    for name, labels in {"branches": (MAIN, BRANCH), "versions": ("installed", "release:0.26.0")}.items():
        facts = shown((site / "experiments" / f"{name}.html").read_text(encoding="utf-8").split("TVM by variant")[1])
        for label in labels:
            assert f"{label} {HASHES[label]}" in facts


def test_a_variant_that_could_not_be_built_is_told_once_with_its_log_folded(site: Path) -> None:
    """One line to read, the log a click away; the overview does not begin to tell the log."""
    page = (site / "experiments" / "versions.html").read_text(encoding="utf-8")
    tests = page.split('id="tests"')[1].split("</ul>")[0]
    assert tests.count("ninja: build stopped") == 1
    assert "<pre>variant git:main: building the wheel failed (exit status 1)</pre>" in tests
    assert '<details class="rb-log"><summary>51 more lines</summary>' in tests
    assert "2 tests:" in tests
    assert "building the wheel failed (exit status 1)" in shown(row(site, "versions"))
    assert "Building CXX object" not in row(site, "versions")
    assert "Building CXX object" not in page.split('id="stages"')[1].split("</table>")[0]


def test_messages_are_folded_by_their_length() -> None:
    """A few lines stand as they are, an empty one is empty; only failed tests are failures."""
    assert failures.message_of("a\nb").lead == "a\nb"
    assert failures.message_of("") == failures.Message("")
    assert failures.message_of(BUILD_LOG).rest.endswith("-4711.log")
    tests = [TestOutcome(f"t{i}", outcome, 0.1, outcome) for i, outcome in enumerate(("skipped", "passed", "failed"))]
    assert [f.message.lead for f in failures.failures_of(tests)] == ["failed"]
    assert failures.message_of("1\n2\n3\n4", whole=3, lead=2) == failures.Message("1\n2", "3\n4")


def test_a_night_that_only_compared_does_not_miss_other_builds(tmp_path: Path) -> None:
    """Series of builds that were not asked for are left out, by name; they are no alarm."""
    home = make_home(tmp_path / "home", nights=2, pick=["versions"])
    versions = [read_record(home.data_file("versions", run_id_of(night, 2))) for night in (0, 1)]
    first = versions[0].measurements[0]
    pair = [replace(first, variant=label, tvm_hash=HASHES[label]) for label in (MAIN, BRANCH)]
    told = {
        "test": first.test, "params": dict(first.params), "metric": "time", "base": MAIN, "base_hash": HASHES[MAIN],
        "candidate": BRANCH, "candidate_hash": HASHES[BRANCH], "kind": "same", "ratio": 1.0, "ci_low": 0.999,
        "ci_high": 1.001, "n_base": 5, "n_candidate": 5, "margin": 0.01, "confidence": 0.99, "spent_s": 30.0,
    }  # fmt: skip
    newest = replace(versions[1], measurements=pair, extra={"comparisons": [told]})
    write_record(home.data_file("versions", run_id_of(1, 2)), newest)
    site = build_site(home, nights=2)
    page = (site / "experiments" / "versions.html").read_text(encoding="utf-8")
    assert "series of installed, release:0.26.0 are back when they are measured again" in shown(page)
    assert "<td>installed</td>" not in page.split('id="metric-time"')[1].split("</table>")[0]
    assert "side by side: same" in shown(row(site, "versions"))
    strip = shown((site / "index.html").read_text(encoding="utf-8").split("</dl>")[0])
    assert "missing 1" in strip  # the other level on main, which the comparison was asked for and lacks
