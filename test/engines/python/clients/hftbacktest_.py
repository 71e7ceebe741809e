"""hftbacktest takes the vendor's CSV files and nothing else: it gets ours as CSV, and must make the same events of them."""

import gzip
from importlib.metadata import version
from itertools import groupby

import numpy as np
import polars as pl
from hftbacktest import BacktestAsset, HashMapMarketDepthBacktest
from hftbacktest.data.utils.tardis import convert

from tardis_csv import write_tardis_csv

MAX_EVENTS = 1_000_000


class HftBacktest:
    version = version("hftbacktest")

    def events(self, folder: str, trades: dict, book: dict) -> dict:
        """`trades` and `book` name the vendor's file and ours: {"csv", "parquet"}."""
        csv = {"trades": f"{folder}/trades.csv", "incremental_book_L2": f"{folder}/incremental_book_L2.csv"}
        write_tardis_csv(trades["parquet"], csv["trades"])
        write_tardis_csv(book["parquet"], csv["incremental_book_L2"])
        theirs = convert([trades["csv"], book["csv"]], buffer_size=MAX_EVENTS, ss_buffer_size=MAX_EVENTS)
        ours = convert(list(csv.values()), buffer_size=MAX_EVENTS, ss_buffer_size=MAX_EVENTS)
        return {
            "events": len(ours),
            "equal": bool(np.array_equal(theirs, ours)),
            "book": replay(ours),
            "expected": best_levels(book["csv"]),
        }


TICK = 0.1


def replay(events: np.ndarray) -> list[int]:
    """Best bid and ask in ticks, when a backtest has run through all events."""
    asset = (
        BacktestAsset()
        .data([events])
        .linear_asset(1.0)
        .constant_order_latency(0, 0)
        .no_partial_fill_exchange()
        .trading_value_fee_model(0, 0)
        .tick_size(TICK)
        .lot_size(0.001)
    )
    backtest = HashMapMarketDepthBacktest([asset])
    while backtest.elapse(3_600_000_000_000) == 0:
        pass
    depth = backtest.depth(0)
    levels = [int(depth.best_bid_tick), int(depth.best_ask_tick)]
    backtest.close()
    return levels


def best_levels(csv: str) -> list[int]:
    """The same by a replay of the vendor's file in plain Python."""
    book: dict[str, dict[float, float]] = {"bid": {}, "ask": {}}
    with gzip.open(csv) as file:
        rows = pl.read_csv(file.read()).iter_rows(named=True)
    for is_snapshot, part in groupby(rows, lambda row: row["is_snapshot"]):
        if is_snapshot:
            book = {"bid": {}, "ask": {}}
        for row in part:
            book[row["side"]][row["price"]] = row["amount"]
    known = {side: [price for price, amount in levels.items() if amount > 0] for side, levels in book.items()}
    return [round(max(known["bid"]) / TICK), round(min(known["ask"]) / TICK)]


def serve() -> HftBacktest:
    return HftBacktest()
