"""What the engines that speak SQL have in common."""

from rows import table_digest


class SqlEngine:
    """A subclass names `version`, `quote`, `micros` (a SQL function) and has `query` and `relation`."""

    quote = '"'

    def query(self, sql: str):
        """The result of a query as an Arrow table."""
        raise NotImplementedError

    def relation(self, source: dict) -> str:
        """What stands behind FROM."""
        raise NotImplementedError

    def time(self, micros: int) -> str:
        raise NotImplementedError

    def name(self, column: str) -> str:
        return f"{self.quote}{column}{self.quote}"

    def condition(self, where: list) -> str:
        """`where` is a list of [column, operator, value]; a number is a time in microseconds."""
        terms = [f"{self.name(c)} {op} {self.literal(value)}" for c, op, value in where]
        return f" WHERE {' AND '.join(terms)}" if terms else ""

    def literal(self, value) -> str:
        return self.time(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"

    def from_where(self, source: dict, where: list) -> str:
        return f"FROM {self.relation(source)}{self.condition(where)}"

    def rows(self, source: dict, columns: list[dict], where: list) -> dict:
        names = ", ".join(self.name(column["name"]) for column in columns)
        return table_digest(self.query(f"SELECT {names} {self.from_where(source, where)}"), columns)

    def plan(self, source: dict, columns: list[dict], where: list) -> None:
        """Finds out what the query must read, and does not read it."""
        names = ", ".join(self.name(column["name"]) for column in columns)
        self.query(f"EXPLAIN SELECT {names} {self.from_where(source, where)}")

    def summary(self, source: dict, columns: list[dict], where: list) -> dict:
        """What the engine adds up itself, in one query."""
        terms = ["count(*) AS total"]
        for c, column in enumerate(columns):
            name = self.name(column["name"])
            terms.append(f"count({name}) AS n{c}")
            if column["type"] == "DOUBLE":
                terms += [f"min({name}) AS low{c}", f"max({name}) AS high{c}", f"sum({name}) AS sum{c}"]
            if column["type"].startswith("TIMESTAMP"):
                terms += [f"{self.micros}(min({name})) AS low{c}", f"{self.micros}(max({name})) AS high{c}"]
        [row] = self.query(f"SELECT {', '.join(terms)} {self.from_where(source, where)}").to_pylist()
        return {"rows": row["total"], "columns": {c["name"]: summary_of(row, i) for i, c in enumerate(columns)}}


def summary_of(row: dict, c: int) -> dict:
    found = {key: row[f"{key}{c}"] for key in ("low", "high", "sum") if row.get(f"{key}{c}") is not None}
    return {"nulls": row["total"] - row[f"n{c}"], **found}
