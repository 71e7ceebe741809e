import os

import pyarrow as pa
from chdb.session import Session

from .sql import SqlEngine


class ChDb(SqlEngine):
    quote = "`"
    micros = "toUnixTimestamp64Micro"

    def __init__(self):
        # Tables must lie below the working directory.
        os.chdir("/")
        self.session = Session()
        self.version = str(self.session.query("SELECT version()")).strip().strip('"')

    def query(self, sql):
        try:
            result = self.session.query(sql, "ArrowStream")
        except Exception:
            # chdb 4.4 puts what a failed query had written before the result of the next one.
            self.session.query("SELECT 1", "ArrowStream")
            raise
        # Its bytes are a view of memory that goes with it.
        return pa.ipc.open_stream(bytes(result.bytes())).read_all()

    def relation(self, source):
        if "table" in source:
            settings = f" SETTINGS iceberg_snapshot_id = {source['snapshot']}" if "snapshot" in source else ""
            return f"(SELECT * FROM icebergLocal('{source['table']}'){settings})"
        if "root" in source:
            return f"file('{source['root']}/**/*.parquet', Parquet)"
        return "(" + " UNION ALL ".join(f"SELECT * FROM file('{path}', Parquet)" for path in source["files"]) + ")"

    def time(self, micros):
        return f"fromUnixTimestamp64Micro({micros}, 'UTC')"


def serve() -> ChDb:
    return ChDb()
