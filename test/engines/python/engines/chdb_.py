import chdb
from chdb.session import Session

from .sql import SqlEngine

SETTINGS = "SETTINGS output_format_arrow_string_as_string = 1"


class ChDb(SqlEngine):
    quote = "`"
    micros = "toUnixTimestamp64Micro"

    def __init__(self):
        self.session = Session()
        self.version = str(self.session.query("SELECT version()")).strip().strip('"')

    def query(self, sql):
        return chdb.to_arrowTable(self.session.query(f"{sql} {SETTINGS}", "Arrow"))

    def relation(self, source):
        return "(" + " UNION ALL ".join(f"SELECT * FROM file('{path}', Parquet)" for path in source["files"]) + ")"

    def time(self, micros):
        return f"fromUnixTimestamp64Micro({micros}, 'UTC')"


def serve() -> ChDb:
    return ChDb()
