"""Rows in one form that no engine decides: what `rows.ts` does for readers in JavaScript."""

import hashlib
import struct

import pyarrow as pa

TYPES = {
    "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", "UTC"),
    "DOUBLE": pa.float64(),
    "VARCHAR": pa.string(),
    "BOOLEAN": pa.bool_(),
}


def cell(value) -> str:
    """A double is its bits: no digit is lost, and -0 is not 0. NaN has one form. A time is its microseconds."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"t{value}"
    if isinstance(value, float):
        return "NaN" if value != value else struct.pack(">d", value).hex()
    return "s" + value.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def digest(columns: list[list]) -> str:
    """Of rows in any order, each as often as it stands there."""
    lines = sorted("\t".join(map(cell, row)).encode() for row in zip(*columns))
    return hashlib.sha256(b"\n".join(lines)).hexdigest()


def table_digest(table: pa.Table, columns: list[dict]) -> dict:
    """Refuses a column whose Arrow type is not that of the contract."""
    return {"rows": table.num_rows, "digest": digest([values(table, column) for column in columns])}


def values(table: pa.Table, column: dict) -> list:
    found = table.column(column["name"])
    expected = TYPES[column["type"]]
    if expected == pa.string() and pa.types.is_dictionary(found.type):
        found = found.cast(found.type.value_type)
    if expected == pa.string() and (pa.types.is_large_string(found.type) or pa.types.is_string_view(found.type)):
        found = found.cast(pa.string())
    if found.type != expected:
        raise TypeError(f'{column["name"]}: found the Arrow type {found.type}, expected {expected}')
    return (found.cast(pa.int64()) if pa.types.is_timestamp(expected) else found).to_pylist()
