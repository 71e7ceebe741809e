import pyspark
from pyspark.sql import SparkSession

from .sql import SqlEngine


class Spark(SqlEngine):
    version = pyspark.__version__
    quote = "`"
    micros = "unix_micros"

    def __init__(self):
        options = {
            "spark.ui.enabled": "false",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.memory": "1g",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.shuffle.partitions": "2",
            "spark.log.level": "ERROR",
        }
        builder = SparkSession.builder.master("local[2]")
        for name, value in options.items():
            builder = builder.config(name, value)
        self.session = builder.getOrCreate()

    def query(self, sql):
        return self.session.sql(sql).toArrow()

    def relation(self, source):
        self.session.read.parquet(*source["files"]).createOrReplaceTempView("source")
        return "source"

    def time(self, micros):
        return f"timestamp_micros({micros})"


def serve() -> Spark:
    return Spark()
