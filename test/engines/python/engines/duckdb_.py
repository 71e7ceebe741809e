import glob
import os

import duckdb

from .sql import SqlEngine


class DuckDb(SqlEngine):
    version = duckdb.__version__
    micros = "epoch_us"

    def __init__(self):
        self.connection = duckdb.connect(config={"allow_unsigned_extensions": True, "threads": 2})
        self.connection.execute("SET TimeZone = 'UTC'")

    def query(self, sql):
        return self.connection.execute(sql).to_arrow_table()

    def relation(self, source):
        return f"read_parquet({[str(path) for path in source['files']]}, hive_partitioning = false)"

    def time(self, micros):
        return f"make_timestamptz({micros})"


def serve() -> DuckDb:
    return DuckDb()
