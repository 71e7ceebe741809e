# Tables that hold nothing: they read the bucket when queried, with the caller's own rights on it.

locals {
  bigquery_data_types = var.bigquery_dataset == "" ? [] : coalesce(var.bigquery_data_types, var.data_types)
  bigquery_manifests  = var.bigquery_dataset == "" ? [] : ["manifests"]
}

resource "google_bigquery_dataset" "ticks" {
  count = var.bigquery_dataset == "" ? 0 : 1

  dataset_id  = var.bigquery_dataset
  location    = coalesce(var.bucket_location, var.region)
  description = "External tables over gs://${var.bucket_name}"

  depends_on = [google_project_service.required]
}

# One table per data type, because their columns differ. venue and date come from the object names; date must be named
# in a query, so that nobody reads five years by accident.
resource "google_bigquery_table" "ticks" {
  for_each = toset(local.bigquery_data_types)

  dataset_id          = google_bigquery_dataset.ticks[0].dataset_id
  table_id            = each.value
  description         = "Parquet objects of data type ${each.value}"
  deletion_protection = false

  external_data_configuration {
    autodetect    = true
    source_format = "PARQUET"
    source_uris   = ["gs://${google_storage_bucket.data.name}/${var.bucket_prefix}/data_type=${each.value}/*.parquet"]

    hive_partitioning_options {
      mode                     = "CUSTOM"
      source_uri_prefix        = "gs://${google_storage_bucket.data.name}/${var.bucket_prefix}/data_type=${each.value}/{venue:STRING}/{date:DATE}"
      require_partition_filter = true
    }
  }
}

# The same data by way of the Iceberg tables: no partition must be named, and files are found without a listing. BigQuery
# reads the one metadata document that is named here, and does not look for a later one.
resource "google_bigquery_table" "iceberg" {
  for_each = var.bigquery_dataset == "" ? {} : var.bigquery_iceberg_versions

  dataset_id          = google_bigquery_dataset.ticks[0].dataset_id
  table_id            = "${each.key}_iceberg"
  description         = "Iceberg table of data type ${each.key} in version ${each.value}"
  deletion_protection = false

  external_data_configuration {
    autodetect    = false
    source_format = "ICEBERG"
    source_uris   = ["gs://${google_storage_bucket.data.name}/${local.tables_prefix}/${each.key}/metadata/v${each.value}.metadata.json"]
  }
}

# The manifest's columns (functions/ledger/manifest.ts). Said rather than detected: detection takes ids made of digits
# for numbers, and sees no column that happens to be empty in the manifests it looks at.
locals {
  manifest_counts = ["items", "stored", "empty", "missing", "forbidden", "failed", "pending"]
  manifest_totals = ["rows", "bytes", "sourceBytes", "textBytes"]
  manifest_schema = [
    { name = "schemaVersion", type = "INTEGER" },
    { name = "venue", type = "STRING" },
    { name = "date", type = "DATE" },
    { name = "plan", type = "STRING" },
    { name = "status", type = "STRING" },
    { name = "condition", type = "STRING" },
    { name = "reasons", type = "RECORD", mode = "REPEATED", fields = [
      { name = "reason", type = "STRING" },
      { name = "items", type = "INTEGER" },
    ] },
    { name = "conditionVersion", type = "INTEGER" },
    { name = "scope", type = "RECORD", mode = "REPEATED", fields = [
      { name = "dataType", type = "STRING" },
      { name = "all", type = "BOOLEAN" },
      { name = "symbols", type = "STRING", mode = "REPEATED" },
    ] },
    { name = "counts", type = "RECORD", fields = [for name in local.manifest_counts : { name = name, type = "INTEGER" }] },
    { name = "totals", type = "RECORD", fields = concat(
      [for name in local.manifest_totals : { name = name, type = "INTEGER" }],
      [{ name = "seconds", type = "FLOAT" }],
    ) },
    { name = "dataTypes", type = "RECORD", mode = "REPEATED", fields = [
      { name = "dataType", type = "STRING" },
      { name = "items", type = "INTEGER" },
      { name = "stored", type = "INTEGER" },
      { name = "empty", type = "INTEGER" },
      { name = "missing", type = "INTEGER" },
      { name = "forbidden", type = "INTEGER" },
      { name = "failed", type = "INTEGER" },
      { name = "pending", type = "INTEGER" },
      { name = "degraded", type = "INTEGER" },
      { name = "rows", type = "INTEGER" },
      { name = "bytes", type = "INTEGER" },
      { name = "sourceBytes", type = "INTEGER" },
    ] },
    { name = "converterVersions", type = "RECORD", mode = "REPEATED", fields = [
      { name = "version", type = "INTEGER" },
      { name = "items", type = "INTEGER" },
    ] },
    { name = "incidents", type = "RECORD", mode = "REPEATED", fields = [
      { name = "from", type = "STRING" },
      { name = "to", type = "STRING" },
      { name = "status", type = "STRING" },
      { name = "details", type = "STRING" },
    ] },
    { name = "unlisted", type = "RECORD", mode = "REPEATED", fields = [
      { name = "dataType", type = "STRING" },
      { name = "symbol", type = "STRING" },
    ] },
    { name = "items", type = "RECORD", mode = "REPEATED", fields = [
      { name = "symbol", type = "STRING" },
      { name = "dataType", type = "STRING" },
      { name = "status", type = "STRING" },
      { name = "object", type = "STRING" },
      { name = "generation", type = "STRING" },
      { name = "crc32c", type = "STRING" },
      { name = "bytes", type = "INTEGER" },
      { name = "rows", type = "INTEGER" },
      { name = "firstTimestampMicros", type = "STRING" },
      { name = "lastTimestampMicros", type = "STRING" },
      { name = "sourceBytes", type = "INTEGER" },
      { name = "sourceSha256", type = "STRING" },
      { name = "textBytes", type = "INTEGER" },
      { name = "quality", type = "RECORD", fields = [
        { name = "rowsOutOfOrder", type = "INTEGER" },
        { name = "rowsOutsideDay", type = "INTEGER" },
        { name = "version", type = "INTEGER" },
        { name = "exchangeRowsOutOfOrder", type = "INTEGER" },
        { name = "repeatedRows", type = "INTEGER" },
        { name = "repeatedIds", type = "INTEGER" },
        { name = "nonPositivePrices", type = "INTEGER" },
        { name = "nonPositiveAmounts", type = "INTEGER" },
        { name = "crossed", type = "INTEGER" },
        { name = "locked", type = "INTEGER" },
        { name = "oneSided", type = "INTEGER" },
        { name = "snapshots", type = "INTEGER" },
        { name = "largestGapMicros", type = "STRING" },
        { name = "largestGapStartMicros", type = "STRING" },
        { name = "gaps", type = "RECORD", mode = "REPEATED", fields = [
          { name = "startMicros", type = "STRING" },
          { name = "micros", type = "STRING" },
        ] },
        { name = "latency", type = "RECORD", fields = [
          { name = "minMicros", type = "STRING" },
          { name = "medianMicros", type = "STRING" },
          { name = "p99Micros", type = "STRING" },
          { name = "maxMicros", type = "STRING" },
          { name = "negative", type = "INTEGER" },
        ] },
        { name = "nulls", type = "RECORD", mode = "REPEATED", fields = [
          { name = "column", type = "STRING" },
          { name = "rows", type = "INTEGER" },
        ] },
        { name = "price", type = "RECORD", fields = [
          { name = "min", type = "FLOAT" },
          { name = "max", type = "FLOAT" },
        ] },
        { name = "volume", type = "FLOAT" },
        { name = "notional", type = "FLOAT" },
        { name = "ids", type = "RECORD", fields = [
          { name = "first", type = "STRING" },
          { name = "last", type = "STRING" },
          { name = "missing", type = "INTEGER" },
        ] },
      ] },
      { name = "converterVersion", type = "INTEGER" },
      { name = "exchanges", type = "STRING", mode = "REPEATED" },
      { name = "otherColumns", type = "STRING", mode = "REPEATED" },
      { name = "error", type = "STRING" },
      { name = "retryable", type = "BOOLEAN" },
      { name = "condition", type = "STRING" },
      { name = "reasons", type = "STRING", mode = "REPEATED" },
    ] },
  ]
}

# One row per venue-day: a manifest is one JSON document on one line. No partitioning, because venue and date are
# fields of the document too.
resource "google_bigquery_table" "manifests" {
  for_each = toset(local.bigquery_manifests)

  dataset_id          = google_bigquery_dataset.ticks[0].dataset_id
  table_id            = each.value
  description         = "Manifests: what is complete, and what every item is"
  deletion_protection = false

  external_data_configuration {
    autodetect            = false
    schema                = jsonencode(local.manifest_schema)
    ignore_unknown_values = true
    source_format         = "NEWLINE_DELIMITED_JSON"
    source_uris           = ["gs://${google_storage_bucket.data.name}/${local.ledger_prefix}/*/manifest.json"]
  }
}
