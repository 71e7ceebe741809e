"""nautilus_trader has a loader for the vendor's CSV files and wranglers for data frames. Both must give the same objects of ours."""

import tempfile

import nautilus_trader
import polars as pl
from nautilus_trader.adapters.tardis.loaders import TardisCSVDataLoader
from nautilus_trader.persistence.catalog import ParquetDataCatalog
from nautilus_trader.persistence.wranglers import QuoteTickDataWrangler, TradeTickDataWrangler
from nautilus_trader.test_kit.providers import TestInstrumentProvider

from tardis_csv import write_tardis_csv

INSTRUMENT = TestInstrumentProvider.btcusdt_perp_binance()
LOADER = TardisCSVDataLoader(INSTRUMENT.price_precision, INSTRUMENT.size_precision, INSTRUMENT.id)
LOADERS = {
    "trades": LOADER.load_trades,
    "quotes": LOADER.load_quotes,
    "incremental_book_L2": LOADER.load_deltas,
    "book_snapshot_5": lambda path: LOADER.load_depth10(path, levels=5),
    "book_snapshot_25": lambda path: LOADER.load_depth10(path, levels=25),
    "derivative_ticker": LOADER.load_funding_rates,
}
# Its catalog takes no funding rates, and does not give back the empty levels of a book of five as it got them.
CATALOGUED = ("trades", "quotes", "incremental_book_L2", "book_snapshot_25")


class Nautilus:
    version = nautilus_trader.__version__

    def loaded(self, folder: str, data_type: str, csv: str, parquet: str) -> dict:
        """Its own loader, on the vendor's file and on ours as CSV; then its catalog."""
        ours_csv = f"{folder}/{data_type}.csv"
        write_tardis_csv(parquet, ours_csv)
        theirs, ours = texts(LOADERS[data_type](csv)), LOADERS[data_type](ours_csv)
        found = {"objects": len(ours), "equal": texts(ours) == theirs}
        if data_type in CATALOGUED:
            found["stored"] = sorted(catalogued(ours)) == sorted(theirs)
        return found

    def wrangled(self, data_type: str, csv: str, parquet: str) -> dict:
        """A data frame of our file, without CSV in between. A wrangler has no column for the local time."""
        frame = pl.read_parquet(parquet, hive_partitioning=False)
        if data_type == "trades":
            frame = frame.rename({"id": "trade_id", "amount": "quantity"})
            frame = frame.with_columns(pl.col("side").str.to_uppercase())
            wrangler = TradeTickDataWrangler(INSTRUMENT)
        else:
            frame = frame.rename({"bid_amount": "bid_size", "ask_amount": "ask_size"})
            wrangler = QuoteTickDataWrangler(INSTRUMENT)
        names = ["trade_id", "quantity", "side", "price", "bid_price", "bid_size", "ask_price", "ask_size"]
        columns = [name for name in names if name in frame.columns]
        ours = wrangler.process(frame.to_pandas().set_index("timestamp")[columns])
        theirs = LOADERS[data_type](csv)
        return {"objects": len(ours), "equal": without_local_time(ours) == without_local_time(theirs)}


def catalogued(objects: list) -> list[str]:
    """Written to a catalog of Nautilus and read back."""
    with tempfile.TemporaryDirectory() as path:
        catalog = ParquetDataCatalog(path)
        catalog.write_data(objects)
        return texts(catalog.query(type(objects[0])))


def texts(objects: list) -> list[str]:
    """With every field of theirs."""
    return [repr(type(one).to_dict(one)) for one in objects]


def without_local_time(objects: list) -> list[dict]:
    return [{key: value for key, value in type(one).to_dict(one).items() if key != "ts_init"} for one in objects]


def serve() -> Nautilus:
    return Nautilus()
