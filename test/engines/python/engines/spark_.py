import pyspark
from pyspark.sql import SparkSession

from .sql import SqlEngine

# The reference implementation of Iceberg.
ICEBERG_RUNTIME = "org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.12.0"


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
            # Compiling small queries well takes longer than running them.
            "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.shuffle.partitions": "1",
            "spark.log.level": "ERROR",
            "spark.jars.packages": ICEBERG_RUNTIME,
        }
        builder = SparkSession.builder.master("local[2]")
        for name, value in options.items():
            builder = builder.config(name, value)
        self.session = builder.getOrCreate()

    def query(self, sql):
        return self.session.sql(sql).toArrow()

    def plan(self, source, columns, where):
        # EXPLAIN does not look for files yet: how many partitions the scan has is known only with them.
        names = ", ".join(self.name(column["name"]) for column in columns)
        frame = self.session.sql(f"SELECT {names} {self.from_where(source, where)}")
        frame._jdf.queryExecution().toRdd().getNumPartitions()

    def relation(self, source):
        if "table" in source:
            version = {"versionAsOf": source["snapshot"]} if "snapshot" in source else {}
            frame = self.session.read.format("iceberg").options(**version).load(source["table"])
        elif "root" in source:
            frame = self.session.read.parquet(source["root"])
        else:
            frame = self.session.read.parquet(*source["files"])
        frame.createOrReplaceTempView("source")
        return "source"

    def time(self, micros):
        return f"timestamp_micros({micros})"


def serve() -> Spark:
    return Spark()
