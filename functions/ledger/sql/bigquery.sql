-- Views over manifests for BigQuery, beside the table `manifests` that Terraform makes (bigquery_dataset in terraform.tfvars).
-- A view must name the data set of its tables, so put yours in for DATASET:
--
--   sed 's/DATASET/market_data/g' functions/ledger/sql/bigquery.sql | bq query --use_legacy_sql=false
--
-- The same views as in duckdb.sql, with the same columns. What a release did not record is NULL.

-- How much of each venue-day is there. settled: stored, empty, or known to be missing at Tardis.
CREATE OR REPLACE VIEW DATASET.tick_completeness AS
SELECT venue, date, status, counts.items AS items, counts.stored + counts.empty + counts.missing AS settled,
  SAFE_DIVIDE(counts.stored + counts.empty + counts.missing, counts.items) AS share,
  counts.stored AS stored, counts.empty AS empty, counts.missing AS missing, counts.forbidden AS forbidden,
  counts.failed AS failed, counts.pending AS pending,
  totals.`rows` AS `rows`, totals.bytes AS bytes, totals.sourceBytes AS source_bytes, ARRAY_LENGTH(incidents) AS incidents
FROM DATASET.manifests;

-- Whether the data of a venue-day and data type can be used. unknown: converted by a release that did not judge it.
CREATE OR REPLACE VIEW DATASET.tick_condition AS
WITH judged AS (
  SELECT day.venue AS venue, day.date AS date, day.status = 'pending' AS is_pending_day, item.dataType AS data_type,
    COALESCE(item.condition, CASE item.status WHEN 'pending' THEN 'pending' WHEN 'failed' THEN 'missing'
      WHEN 'forbidden' THEN 'missing' WHEN 'missing' THEN 'missing' ELSE 'unknown' END) AS condition,
    item.`rows` AS item_rows, item.bytes AS item_bytes
  FROM DATASET.manifests AS day CROSS JOIN UNNEST(day.items) AS item
)
SELECT venue, date, data_type,
  CASE
    WHEN LOGICAL_OR(is_pending_day OR condition = 'pending') THEN 'pending'
    WHEN LOGICAL_AND(condition = 'missing') THEN 'missing'
    WHEN LOGICAL_OR(condition IN ('degraded', 'missing')) THEN 'degraded'
    WHEN LOGICAL_OR(condition = 'unknown') THEN 'unknown'
    ELSE 'available'
  END AS condition,
  COUNT(*) AS items, COUNTIF(condition = 'available') AS available, COUNTIF(condition = 'degraded') AS degraded,
  COUNTIF(condition = 'missing') AS missing, COUNTIF(condition = 'pending') AS pending, COUNTIF(condition = 'unknown') AS unknown,
  COALESCE(SUM(item_rows), 0) AS `rows`, COALESCE(SUM(item_bytes), 0) AS bytes
FROM judged GROUP BY venue, date, data_type;

-- Spans of the day without rows: the longest ones that the converter kept, the time before the first row and after the last.
-- in_incident: one incident that Tardis reports covers at least half of it.
CREATE OR REPLACE VIEW DATASET.tick_gaps AS
WITH stored AS (
  SELECT day.venue AS venue, day.date AS date, day.incidents AS incidents, item.dataType AS data_type, item.symbol AS symbol,
    UNIX_MICROS(TIMESTAMP(day.date)) AS day_start, CAST(item.firstTimestampMicros AS INT64) AS first_row,
    CAST(item.lastTimestampMicros AS INT64) AS last_row, item.quality AS quality
  FROM DATASET.manifests AS day CROSS JOIN UNNEST(day.items) AS item
  WHERE item.`rows` > 0
), spans AS (
  SELECT venue, date, incidents, data_type, symbol, day_start AS s, first_row - day_start AS m FROM stored
  UNION ALL
  SELECT venue, date, incidents, data_type, symbol, last_row, day_start + 86400000000 - last_row FROM stored
  UNION ALL
  SELECT venue, date, incidents, data_type, symbol, CAST(gap.startMicros AS INT64), CAST(gap.micros AS INT64)
  FROM stored CROSS JOIN UNNEST(quality.gaps) AS gap
  UNION ALL
  SELECT venue, date, incidents, data_type, symbol, CAST(quality.largestGapStartMicros AS INT64), CAST(quality.largestGapMicros AS INT64)
  FROM stored WHERE quality.version IS NULL AND quality.largestGapStartMicros IS NOT NULL
)
SELECT venue, date, data_type, symbol, TIMESTAMP_MICROS(s) AS started_at, m / 1e6 AS seconds,
  EXISTS (
    SELECT 1 FROM UNNEST(incidents) AS one
    WHERE LEAST(s + m, COALESCE(UNIX_MICROS(TIMESTAMP(one.`to`)), s + m)) - GREATEST(s, UNIX_MICROS(TIMESTAMP(one.`from`))) >= m / 2
  ) AS in_incident
FROM spans WHERE m > 0;

-- One row per item and reason, with what was seen. started_at and seconds are of the longest gap of that kind.
CREATE OR REPLACE VIEW DATASET.tick_findings AS
WITH items AS (
  SELECT day.venue AS venue, day.date AS date, item.dataType AS data_type, item.symbol AS symbol, item.status AS status,
    item.`rows` AS item_rows, item.quality AS quality, item.error AS error,
    CASE WHEN item.condition IS NOT NULL THEN item.reasons WHEN item.status IN ('failed', 'forbidden') THEN [item.status]
      WHEN item.status = 'missing' THEN ['not-at-vendor'] END AS reasons
  FROM DATASET.manifests AS day CROSS JOIN UNNEST(day.items) AS item
), found AS (
  SELECT items.*, reason FROM items CROSS JOIN UNNEST(items.reasons) AS reason
), longest AS (
  SELECT venue, date, data_type, symbol, in_incident, MAX(seconds) AS seconds,
    MAX_BY(started_at, seconds) AS started_at
  FROM DATASET.tick_gaps GROUP BY venue, date, data_type, symbol, in_incident
)
SELECT found.venue, found.date, found.data_type, found.symbol, found.status, found.reason,
  longest.in_incident, longest.started_at, longest.seconds,
  CASE found.reason WHEN 'crossed' THEN found.quality.crossed WHEN 'out-of-order' THEN found.quality.rowsOutOfOrder
    WHEN 'outside-day' THEN found.quality.rowsOutsideDay WHEN 'repeated-rows' THEN found.quality.repeatedRows
    WHEN 'repeated-ids' THEN found.quality.repeatedIds WHEN 'non-positive-price' THEN found.quality.nonPositivePrices
    WHEN 'negative-latency' THEN found.quality.latency.negative END AS affected_rows,
  found.item_rows AS `rows`, found.error
FROM found LEFT JOIN longest ON found.reason IN ('gap', 'gap-in-incident') AND longest.in_incident = (found.reason = 'gap-in-incident')
  AND longest.venue = found.venue AND longest.date = found.date AND longest.data_type = found.data_type
  AND longest.symbol = found.symbol;
