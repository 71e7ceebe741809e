import operator
from datetime import datetime, timedelta, timezone

import pyarrow as pa
import pyarrow.dataset as ds

from .arrow import ArrowEngine

OPERATORS = {"=": operator.eq, ">=": operator.ge, "<": operator.lt}
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class PyArrow(ArrowEngine):
    version = pa.__version__

    def table(self, source, names, where):
        found, condition = self.scan(source, where)
        return found.to_table(columns=names, filter=condition)

    def plan(self, source, columns, where):
        found, condition = self.scan(source, where)
        list(found.get_fragments(filter=condition))

    def scan(self, source, where):
        condition = None
        for column, op, value in where:
            value = EPOCH + timedelta(microseconds=value) if isinstance(value, int) else value
            term = OPERATORS[op](ds.field(column), value)
            condition = term if condition is None else condition & term
        if "root" in source:
            found = ds.dataset(source["root"], format="parquet", partitioning="hive")
        else:
            found = ds.dataset(source["files"], format="parquet")
        return found, condition


def serve() -> PyArrow:
    return PyArrow()
