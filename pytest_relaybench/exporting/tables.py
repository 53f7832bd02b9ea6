"""The tidy table as a file: CSV, or Parquet for whoever has many nights."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb
import pandas as pd

from ..files import replacing
from ..history.table import PUBLIC_COLUMNS
from ..render.csv_cells import without_formulas


def write_csv(rows: pd.DataFrame, path: Path) -> int:
    """One line a measurement, with the table's public columns and every digit, no cell a formula; return how many."""
    content = without_formulas(rows[PUBLIC_COLUMNS]).to_csv(index=False, lineterminator="\n")
    with replacing(path) as file:
        file.write(content.encode(errors="backslashreplace"))
    return len(rows)


def write_parquet(rows: pd.DataFrame, path: Path) -> int:
    """As `write_csv`; times keep their zone and numbers their type."""
    shown = rows[PUBLIC_COLUMNS]
    with tempfile.TemporaryDirectory(prefix="relaybench-") as folder, duckdb.connect() as connection:
        made = Path(folder) / "rows.parquet"
        connection.register("rows", shown)
        connection.execute(f"COPY rows TO '{made}' (FORMAT parquet, COMPRESSION zstd)")
        with replacing(path) as file:
            file.write(made.read_bytes())
    return len(rows)
