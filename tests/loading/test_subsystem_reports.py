"""What a subsystem wants told: kept when it is a report, named when it is none."""

from __future__ import annotations

import pytest

from pytest_relaybench.dashboard import Dashboard, Report
from pytest_relaybench.errors import RecordError
from pytest_relaybench.history.table import Table

from .code import REPORTS, RUN, configure, plan_of, run

GARBAGE = {
    "no_json": ("not json", "not a readable report"),
    "list": ("[1]", "not a report: title or value is missing"),
    "half": ('{"title": "t"}', "not a report: title or value is missing"),
    "number": ('{"title": "t", "value": 3}', "not a report: title and value are texts"),
    "one_name": ('{"title": "t", "value": "v", "notify": "U1"}', "not a report: notify is a list of texts"),
    "deep": ("[" * 100_000, "not a readable report"),
}


class TestReports:
    def test_garbage_is_named(self, home, code):
        """A subsystem that writes its own report, and it is none, has failed; the next one runs."""
        for name, (content, _) in GARBAGE.items():
            folder = code(name, f"def run(d, c, output):\n    (output / 'report.json').write_text({content!r})\n")
            configure(home, name)
        statuses = run(home, plan_of(home, folder))
        for name, (_, told) in GARBAGE.items():
            assert not statuses[name].success
            assert statuses[name].message.startswith(f"results/subsystem/output/{name}/report.json: {told}")
            with pytest.raises(RecordError):
                Dashboard(home, RUN, Table(home)).report(name)

    def test_a_folder_in_its_place(self, home, code):
        """A folder called report.json is no report either; it steps aside for one that is returned."""
        configure(home, "bad")
        body = "def run(d, c, output):\n    (output / 'report.json').mkdir(exist_ok=True)\n    return RETURNED\n"
        for returned in ("None", "Report('t', 'v')"):
            text = "from pytest_relaybench.dashboard import Report\n" + body.replace("RETURNED", returned)
            status = run(home, plan_of(home, code("bad", text)))["bad"]
            assert status.success == (returned != "None")
            assert status.success or "report.json" in status.message
        assert Dashboard(home, RUN, Table(home)).report("bad") == Report("t", "v")
        assert (home.subsys_output_dir("bad") / "report.json.damaged").is_dir()

    def test_its_own_good_report(self, home, code):
        """A report that it wrote itself, and that is one, is as good as a returned one."""
        text = 'def run(d, c, output):\n    (output / \'report.json\').write_text(\'{"title": "t", "value": "v"}\')\n'
        configure(home, "thing")
        assert run(home, plan_of(home, code("thing", text)))["thing"].success
        dashboard = Dashboard(home, RUN, Table(home))
        assert dashboard.report("thing") == Report("t", "v")
        assert dashboard.report("nobody") is None

    def test_done_with_a_message(self, home, code):
        """`Done` puts its message into the status, with a report or without; people to ping are in the report."""
        text = "from pytest_relaybench.dashboard import Done, Report\ndef run(*_):\n    return "
        configure(home, "thing")
        status = run(home, plan_of(home, code("thing", text + "Done('nothing\\nto do')")))["thing"]
        assert (status.success, status.message) == (True, "nothing to do")
        status = run(home, plan_of(home, code("thing", text + "Done('m', Report('t', 'v', ('U1',)))")))["thing"]
        assert (status.success, status.message) == (True, "m")
        assert Dashboard(home, RUN, Table(home)).report("thing") == Report("t", "v", ("U1",))

    @pytest.mark.parametrize(("configured", "asked"), [("stat_alert", "stat_alerts"), ("stat_alerts", "stat_alert")])
    def test_by_either_name(self, home, code, configured, asked):
        """A report is found by today's name and by the former one, whichever the home uses."""
        configure(home, configured)
        run(home, plan_of(home, code("stat_alerts", REPORTS)))
        assert Dashboard(home, RUN, Table(home)).report(asked) == Report("t", "v")
