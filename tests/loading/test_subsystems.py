"""Subsystems: found, checked, ordered, and run each alone."""

from __future__ import annotations

import json
import re
import sys
from types import ModuleType, SimpleNamespace

import pytest

from pytest_relaybench import bundled
from pytest_relaybench.config import SubsystemConfig
from pytest_relaybench.dashboard import Report
from pytest_relaybench.errors import ConfigError
from pytest_relaybench.history.status import read_status
from pytest_relaybench.subsystem_order import BUILT_IN
from pytest_relaybench.subsystems import make_plan

from .code import DOES_NOTHING, REPORTS, configure, plan_of, run

CONFIG = (
    "from pydantic import Field, field_validator\n"
    "from pytest_relaybench.config import SubsystemConfig\n"
    "class Config(SubsystemConfig):\n"
)


def running(plan) -> list[str]:
    return [entry.name for entry in plan.entries if entry.runs]


def problems(plan) -> dict[str, str]:
    return {entry.name: entry.problem for entry in plan.entries if entry.problem}


class TestFinding:
    def test_only_what_the_home_configures_runs(self, home, code):
        """Code without a config does not run, and is not even loaded."""
        code("wanted")
        folder = code("unwanted", "raise SystemExit('loaded')")
        configure(home, "wanted")
        assert running(plan_of(home, folder)) == ["wanted"]

    def test_config_without_code_fails_its_precheck(self, home, code):
        """A config for which there is no code is a failed precheck that names what was looked for."""
        configure(home, "typo")
        plan = plan_of(home, code("other"))
        assert problems(plan) == {"typo": "no code for subsystem typo: no typo.py or typo/ among the subsystems"}

    def test_folder_with_relative_imports(self, home, code):
        """A subsystem may be a package of several files."""
        code("big/__init__.py", "from .inner import run\n")
        folder = code("big/inner.py", REPORTS)
        configure(home, "big")
        assert run(home, plan_of(home, folder))["big"].success

    def test_names_that_python_uses(self, home, code):
        """A subsystem called as a module of Python, or with a dash, is loaded under a private name."""
        code("json", "import json\nwhere = json.__file__\n" + DOES_NOTHING)
        folder = code("two-words")
        configure(home, "json")
        configure(home, "two-words")
        assert running(plan_of(home, folder)) == ["json", "two-words"]
        assert sys.modules["json"] is json

    def test_private_files_are_no_subsystems(self, home, code):
        """Files that begin with an underscore, folders without `__init__.py` and other files are passed over."""
        code("_private")
        folder = code("data/readme.py")
        (folder / "notes.txt").write_text("x")
        for name in ("data", "notes"):
            configure(home, name)
        assert set(problems(plan_of(home, folder))) == {"data", "notes"}

    def test_later_folder_replaces_and_says_so(self, home, code):
        """A name found twice: the later folder is used, and a note names both."""
        first = code("thing", "def run(*_): raise RuntimeError('old')\n", "first")
        second = code("thing", DOES_NOTHING, "second")
        configure(home, "thing")
        plan = make_plan(home, [first, second])
        assert run(home, plan)["thing"].success
        assert list(plan.notes) == [f"subsystem thing: {second / 'thing.py'} instead of {first / 'thing.py'}"]

    def test_objects_of_plugins(self, home, code):
        """Modules and other objects from the hook run as any other; a pluggy list of lists is taken as it comes."""
        given = SimpleNamespace(name="room", run=lambda *_: Report("Room", "sent"), after=(), Config=SubsystemConfig)
        configure(home, "room")
        plan = make_plan(home, [], [[given], []])
        assert run(home, plan)["room"].success
        assert json.loads((home.subsys_output_dir("room") / "report.json").read_text())["value"] == "sent"

    def test_module_that_answers_nothing(self, home):
        """A plugin's module whose `__getattr__` raises is a failed precheck, not the end of the night."""
        module = ModuleType("grumpy")
        module.__file__ = "grumpy.py"
        module.__getattr__ = lambda name: {}[name]
        configure(home, "grumpy")
        assert "KeyError: 'run'" in problems(make_plan(home, [], [module]))["grumpy"]

    def test_object_without_a_name(self, home):
        """A plugin that hands over something without a name is told so."""
        with pytest.raises(ConfigError, match="a subsystem needs a name"):
            make_plan(home, [], [object()])

    def test_missing_folder(self, home, tmp_path):
        """A folder of `--subsystems` that is not there is an error that names it."""
        with pytest.raises(ConfigError, match="missing: there is no such folder of subsystems"):
            make_plan(home, [tmp_path / "missing"])

    def test_edited_code_is_loaded_anew(self, home, code):
        """Loading the same name again takes the file as it is now, not what an earlier load left in memory."""
        configure(home, "thing")
        run(home, plan_of(home, code("thing", "def run(*_): raise RuntimeError('first')\n")))
        statuses = run(home, plan_of(home, code("thing", "def run(*_): raise RuntimeError('the second one')\n")))
        assert "the second one" in statuses["thing"].message

    def test_only(self, home, code):
        """`only` restricts the plan; names that the others use in `after` stay known."""
        code("a", "after = ('b',)\n" + DOES_NOTHING)
        folder = code("b")
        configure(home, "a")
        configure(home, "b")
        assert running(plan_of(home, folder, only={"a"})) == ["a"]

    def test_built_in_names_exist(self):
        """Every subsystem that comes along is known by name to the order."""
        found = {path.stem for path in bundled.folder("subsystems").iterdir() if not path.name.startswith(("_", "."))}
        assert found <= BUILT_IN


class TestPrecheck:
    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("def run(:\n", "SyntaxError"),
            ("import no_such_module\n", "No module named 'no_such_module'"),
            ("raise SystemExit(3)\n", "SystemExit: 3"),
            ("import pytest\npytest.importorskip('no_such_module')\n", "Skipped: could not import 'no_such_module'"),
            ("import pytest\npytest.skip('not here', allow_module_level=True)\n", "Skipped: not here"),
            ("def __getattr__(name): raise RuntimeError(f'no {name}')\n", r"RuntimeError: no \w+ \(broken.py:1 in"),
            (
                CONFIG + "    @field_validator('active')\n    def check(cls, value): return {}['key']\n" + DOES_NOTHING,
                r"KeyError: 'key' \(broken.py:5 in check\)",
            ),
            (
                CONFIG + "    many: int = Field(default_factory=lambda: 1 // 0)\n" + DOES_NOTHING,
                r"ZeroDivisionError: .* \(broken.py:4 in <lambda>\)",
            ),
            ("x = 1\n", r"run\(dashboard, config, output\) is missing"),
            ("Config = 3\n" + DOES_NOTHING, "Config must be a subclass of SubsystemConfig"),
            ("class Config: pass\n" + DOES_NOTHING, "Config must be a subclass of SubsystemConfig"),
            ("after = 'score'\n" + DOES_NOTHING, "after must be a tuple of names"),
            ("after = (1,)\n" + DOES_NOTHING, "after must be a tuple of names"),
        ],
    )
    def test_broken_code_stops_only_itself(self, home, code, text, told):
        """Code that cannot be loaded is a failed precheck of one line naming the file; the others run."""
        code("broken", text)
        folder = code("fine")
        configure(home, "broken")
        configure(home, "fine")
        plan = plan_of(home, folder)
        assert running(plan) == ["fine"]
        message = problems(plan)["broken"]
        assert message.startswith(str(folder / "broken.py"))
        assert re.search(told, message)
        assert "\n" not in message

    def test_every_fault_of_a_config(self, home, code):
        """The message holds a line per fault: file, key, value, rule, nearest right key."""
        folder = code(
            "thing",
            "from pytest_relaybench.config import SubsystemConfig\n"
            "class Config(SubsystemConfig):\n    threshold: float\n" + DOES_NOTHING,
        )
        configure(home, "thing", threshhold=0.1, priority="high")
        lines = sorted(problems(plan_of(home, folder))["thing"].splitlines())
        place = "config/subsystem/thing/config.json"
        assert lines == [
            f'{place}: priority: should be a valid integer (found "high")',
            f'{place}: threshhold: no such key; did you mean "threshold"?',
            f"{place}: threshold: the key is mandatory",
        ]

    def test_own_model_gives_the_config(self, home, code):
        """`run` gets the config as the subsystem's own model, defaults filled in."""
        folder = code(
            "thing",
            "from pytest_relaybench.config import SubsystemConfig\n"
            "from pytest_relaybench.dashboard import Report\n"
            "class Config(SubsystemConfig):\n    window: int = 14\n    names: list[str]\n"
            "def run(dashboard, config, output):\n    return Report(config.title, f'{config.window} {config.names}')\n",
        )
        configure(home, "thing", names=["a"], title="T")
        run(home, plan_of(home, folder))
        report = json.loads((home.subsys_output_dir("thing") / "report.json").read_text())
        assert (report["title"], report["value"]) == ("T", "14 ['a']")

    def test_active_is_mandatory(self, home, code):
        """A config that does not say `active` is a failed precheck, not the end of the night."""
        configure(home, "thing")
        home.subsys_config_file("thing").write_text("{}")
        plan = plan_of(home, code("thing"))
        assert problems(plan) == {"thing": "config/subsystem/thing/config.json: active: the key is mandatory"}

    def test_inactive_is_fine_and_does_not_run(self, home, code):
        """An inactive subsystem has a successful precheck "Inactive", no run, and its code is not loaded."""
        configure(home, "thing", active=False)
        statuses = run(home, plan_of(home, code("thing", "raise SystemExit('loaded')")))
        assert statuses == {}
        status = read_status(home.subsys_status_dir("thing") / "precheck.json")
        assert (status.success, status.message) == (True, "Inactive")
        assert not (home.subsys_status_dir("thing") / "run.json").exists()

    def test_failed_precheck_is_a_status(self, home, code):
        """A failed precheck stands in `precheck.json` and in what `run_all` returns."""
        configure(home, "thing")
        statuses = run(home, plan_of(home, code("thing", "x = 1\n")))
        assert statuses["thing"] == read_status(home.subsys_status_dir("thing") / "precheck.json")
        assert not statuses["thing"].success


class TestPlan:
    def test_plan_takes_after_and_priority(self, home, code):
        """In a home: `after` from the code, `priority` from the config."""
        code("a", "after = ('z',)\n" + DOES_NOTHING)
        code("b")
        folder = code("z")
        for name, priority in (("a", 10), ("b", 0), ("z", -1)):
            configure(home, name, priority=priority)
        assert running(plan_of(home, folder)) == ["b", "z", "a"]

    def test_alias_finds_the_code(self, home, code):
        """A home that still says `stat_alert` runs `stat_alerts`, under the name that the home uses."""
        configure(home, "stat_alert")
        statuses = run(
            home,
            plan_of(
                home,
                code(
                    "stat_alerts",
                    REPORTS,
                ),
            ),
        )
        assert statuses["stat_alert"].success
        assert (home.subsys_output_dir("stat_alert") / "report.json").is_file()

    def test_a_subsystem_by_both_its_names(self, home, code):
        """The former name is a problem that names both, and the subsystem runs once; an inactive one is none."""
        folder = code("exp_reports", REPORTS)
        configure(home, "exp_results")
        configure(home, "exp_reports", active=False)
        assert running(plan_of(home, folder)) == ["exp_results"]
        configure(home, "exp_reports")
        plan = plan_of(home, folder)
        assert running(plan) == ["exp_reports"]
        told = "exp_results is the former name of exp_reports, and this home configures both: remove one of them"
        assert problems(plan) == {"exp_results": told}

    def test_variables_that_hold_secrets(self, home, code):
        """The plan names the environment variables of all configs, also of those that are switched off, by default."""
        folder = code("thing", CONFIG + "    token_env: str = 'THING_TOKEN'\n" + DOES_NOTHING)
        configure(home, "thing")
        configure(home, "off", active=False, email={"password_env": "MAIL_WORD"}, other_env="no variable")
        assert plan_of(home, folder).secrets == {"THING_TOKEN", "MAIL_WORD"}
