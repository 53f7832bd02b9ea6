"""Which of the series that tonight lacks are told: a test that is missing as a whole is told once."""

from __future__ import annotations

import pandas as pd

from pytest_relaybench.history.table import SERIES_COLUMNS
from pytest_relaybench.judging.verdicts import ABSENT

TEST_COLUMNS = [column for column in SERIES_COLUMNS if column != "metric"]


def told_once(verdicts: pd.DataFrame, main: str) -> pd.DataFrame:
    """Of the rows of the verdict table those that have no value tonight, a test that is gone by one row.

    That is the row of its main metric `main`, where it has that. A further column `is_gone` marks those.
    """
    absent = verdicts[verdicts["kind"].isin([str(kind) for kind in ABSENT])]
    there = verdicts.loc[verdicts["value"].notna(), TEST_COLUMNS].drop_duplicates()
    marked = absent.merge(there.assign(is_there=True), on=TEST_COLUMNS, how="left")
    partly = marked["is_there"].notna()
    gone = marked[~partly].sort_values("metric", key=lambda metric: metric != main, kind="stable")
    return pd.concat([gone.drop_duplicates(TEST_COLUMNS).assign(is_gone=True), marked[partly].assign(is_gone=False)])
