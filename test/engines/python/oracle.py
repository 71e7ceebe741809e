"""What a dataset holds by nothing but Python's own gzip, csv and Decimal. Knows no Parquet and none of our code."""

import csv
import gzip
import io
import operator
import platform
import urllib.request
from decimal import Decimal

from rows import digest

OPERATORS = {"=": operator.eq, ">=": operator.ge, "<": operator.lt}

READ = {
    "TIMESTAMP WITH TIME ZONE": lambda text: int(text),
    "DOUBLE": lambda text: float(text),
    "VARCHAR": lambda text: text,
    "BOOLEAN": lambda text: {"true": True, "false": False}[text],
}


class Oracle:
    version = platform.python_version()

    def rows(self, urls: list[str], columns: list[dict], where: list) -> dict:
        """The rows of some datasets together."""
        cells = [row for url in urls for row in cells_of(download(url), columns) if matches(row, columns, where)]
        texts = [[row[c] for row in cells] for c in range(len(columns))]
        values = [[read(text, column) for text in found] for column, found in zip(columns, texts)]
        return {"rows": len(values[0]), "digest": digest(values), "columns": summaries(columns, texts, values)}


def download(url: str) -> str:
    with urllib.request.urlopen(url) as response:
        return gzip.decompress(response.read()).decode()


def cells_of(text: str, columns: list[dict]) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""))
    header = next(reader, [])
    at = [header.index(column["header"]) if column["header"] in header else None for column in columns]
    return [["" if i is None else row[i] for i in at] for row in reader]


def read(text: str, column: dict):
    value = READ[column["type"]](text) if text else None
    unit = column.get("unitMicros")
    return value // unit * unit if unit and value is not None else value


def matches(row: list[str], columns: list[dict], where: list) -> bool:
    cells = {column["name"]: read(text, column) for column, text in zip(columns, row)}
    return all(OPERATORS[op](cells[name], value) for name, op, value in where)


def summaries(columns: list[dict], texts: list[list[str]], values: list[list]) -> dict:
    return {c["name"]: summary(c["type"], t, v) for c, t, v in zip(columns, texts, values)}


def summary(kind: str, texts: list[str], values: list) -> dict:
    known = [value for value in values if value is not None]
    found = {"nulls": len(values) - len(known)}
    if kind == "DOUBLE" and known:
        numbers = [Decimal(text) for text in texts if text]
        found |= {"low": min(known), "high": max(known), "sum": float(sum(numbers)), "size": float(sum(map(abs, numbers)))}
    if kind.startswith("TIMESTAMP") and known:
        found |= {"low": min(known), "high": max(known)}
    return found


def serve() -> Oracle:
    return Oracle()
