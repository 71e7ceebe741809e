import functools
import operator

import polars as pl

from rows import table_digest

OPERATORS = {"=": operator.eq, ">=": operator.ge, "<": operator.lt}


class Polars:
    version = pl.__version__

    def frame(self, source: dict, where: list) -> pl.LazyFrame:
        frame = self.scan(source)
        terms = [OPERATORS[op](pl.col(column), literal(value)) for column, op, value in where]
        return frame.filter(functools.reduce(operator.and_, terms)) if terms else frame

    def scan(self, source: dict) -> pl.LazyFrame:
        if "table" in source:
            return pl.scan_iceberg(source["table"], snapshot_id=source.get("snapshot"))
        if "root" in source:
            return pl.scan_parquet(f"{source['root']}/**/*.parquet", hive_partitioning=True, try_parse_hive_dates=False)
        return pl.scan_parquet(source["files"], glob=False, hive_partitioning=False)

    def rows(self, source: dict, columns: list[dict], where: list) -> dict:
        names = [column["name"] for column in columns]
        return table_digest(self.frame(source, where).select(names).collect().to_arrow(), columns)

    def plan(self, source: dict, columns: list[dict], where: list) -> None:
        self.frame(source, where).select([column["name"] for column in columns]).explain()

    def summary(self, source: dict, columns: list[dict], where: list) -> dict:
        terms = [pl.len().alias("total")]
        for c, column in enumerate(columns):
            values = pl.col(column["name"])
            terms.append(values.null_count().alias(f"nulls{c}"))
            if column["type"].startswith("TIMESTAMP"):
                values = values.to_physical()
            if column["type"] not in ("VARCHAR", "BOOLEAN"):
                terms += [values.min().alias(f"low{c}"), values.max().alias(f"high{c}")]
            if column["type"] == "DOUBLE":
                terms.append(values.sum().alias(f"sum{c}"))
        row = self.frame(source, where).select(terms).collect().to_dicts()[0]
        return {"rows": row["total"], "columns": {c["name"]: summary_of(row, i) for i, c in enumerate(columns)}}


def summary_of(row: dict, c: int) -> dict:
    keys = ("nulls", "low", "high", "sum")
    return {key: row[f"{key}{c}"] for key in keys if row.get(f"{key}{c}") is not None}


def literal(value):
    if isinstance(value, int):
        return pl.lit(value).cast(pl.Datetime("us", "UTC"))
    return pl.lit(value)


def serve() -> Polars:
    return Polars()
