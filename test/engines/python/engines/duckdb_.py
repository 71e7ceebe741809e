import glob
import os

import duckdb
import duckdb_extension_avro
import duckdb_extension_iceberg

from .sql import SqlEngine


class DuckDb(SqlEngine):
    version = duckdb.__version__
    micros = "epoch_us"

    def __init__(self):
        # The packages on Python's index are built without DuckDB's signature.
        self.connection = duckdb.connect(config={"allow_unsigned_extensions": True, "threads": 2})
        self.connection.execute("SET TimeZone = 'UTC'")
        for package in (duckdb_extension_avro, duckdb_extension_iceberg):
            self.connection.execute(f"LOAD '{extension_of(package)}'")

    def query(self, sql):
        return self.connection.execute(sql).to_arrow_table()

    def relation(self, source):
        if "table" in source:
            snapshot = f", snapshot_from_id = {source['snapshot']}" if "snapshot" in source else ""
            return f"iceberg_scan('{source['table']}'{snapshot})"
        if "root" in source:
            return f"read_parquet('{source['root']}/**/*.parquet', hive_partitioning = true)"
        return f"read_parquet({source['files']}, hive_partitioning = false)"

    def time(self, micros):
        return f"make_timestamptz({micros})"


def extension_of(package) -> str:
    folder = os.path.dirname(package.__file__)
    [path] = glob.glob(f"{folder}/**/*.duckdb_extension", recursive=True)
    return path


def serve() -> DuckDb:
    return DuckDb()
