import pyiceberg
from pyiceberg.expressions import AlwaysTrue, And, EqualTo, GreaterThanOrEqual, LessThan
from pyiceberg.table import StaticTable
from datetime import datetime, timedelta, timezone

from .arrow import ArrowEngine

OPERATORS = {"=": EqualTo, ">=": GreaterThanOrEqual, "<": LessThan}
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class PyIceberg(ArrowEngine):
    version = pyiceberg.__version__

    def table(self, source, names, where):
        return self.scan(source, names, where).to_arrow()

    def plan(self, source, columns, where):
        list(self.scan(source, [column["name"] for column in columns], where).plan_files())

    def scan(self, source, names, where):
        table = StaticTable.from_metadata(source["table"])
        condition = AlwaysTrue()
        for column, op, value in where:
            value = (EPOCH + timedelta(microseconds=value)).isoformat() if isinstance(value, int) else value
            condition = And(condition, OPERATORS[op](column, value))
        return table.scan(row_filter=condition, selected_fields=tuple(names), snapshot_id=source.get("snapshot"))


def serve() -> PyIceberg:
    return PyIceberg()
