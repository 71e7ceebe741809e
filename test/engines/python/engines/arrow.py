"""What the engines have in common that give Arrow tables and no SQL: here Arrow's functions add up."""

import pyarrow.compute as pc

from rows import table_digest


class ArrowEngine:
    def table(self, source: dict, names: list[str], where: list):
        raise NotImplementedError

    def rows(self, source: dict, columns: list[dict], where: list) -> dict:
        return table_digest(self.table(source, [column["name"] for column in columns], where), columns)

    def summary(self, source: dict, columns: list[dict], where: list) -> dict:
        table = self.table(source, [column["name"] for column in columns], where)
        return {"rows": table.num_rows, "columns": {c["name"]: summary_of(table.column(c["name"]), c) for c in columns}}


def summary_of(values, column: dict) -> dict:
    found = {"nulls": values.null_count}
    if values.null_count == len(values):
        return found
    if column["type"].startswith("TIMESTAMP"):
        values = values.cast("int64")
    if column["type"] not in ("VARCHAR", "BOOLEAN"):
        found |= {"low": pc.min(values).as_py(), "high": pc.max(values).as_py()}
    if column["type"] == "DOUBLE":
        found["sum"] = pc.sum(values).as_py()
    return found
