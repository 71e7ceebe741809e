"""Our Parquet as the CSV file of the vendor, for tools that take nothing else."""

import re

import polars as pl


def write_tardis_csv(parquet: str, csv: str) -> None:
    frame = pl.read_parquet(parquet, hive_partitioning=False)
    times = [pl.col(name).to_physical() for name, kind in frame.schema.items() if kind == pl.Datetime("us", "UTC")]
    frame.with_columns(times).rename(header_of).write_csv(csv)


def header_of(name: str) -> str:
    """ask_price_1 is asks[0].price."""
    level = re.fullmatch(r"(ask|bid)_(price|amount)_(\d+)", name)
    return f"{level[1]}s[{int(level[3]) - 1}].{level[2]}" if level else name
