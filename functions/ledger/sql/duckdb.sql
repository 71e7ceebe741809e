-- Views over manifests for DuckDB. Name the manifests, then read this file:
--
--   SET VARIABLE manifests = 'data/_ledger/venue=*/date=*/manifest.json';
--   .read functions/ledger/sql/duckdb.sql
--   SELECT * FROM tick_findings WHERE reason = 'gap' ORDER BY seconds DESC LIMIT 20;
--
-- The columns are typed here, so that manifests of every release fit: what a release did not record is NULL.

CREATE OR REPLACE VIEW tick_manifests AS
SELECT * FROM read_json(
  getvariable('manifests'),
  hive_partitioning = false,
  -- A manifest of 63,000 items has more than DuckDB's default of 33.5 MB.
  maximum_object_size = 100000000,
  columns = {
    venue: 'VARCHAR', date: 'DATE', status: 'VARCHAR', condition: 'VARCHAR', conditionVersion: 'INTEGER',
    reasons: 'STRUCT(reason VARCHAR, items BIGINT)[]',
    counts: 'STRUCT(items BIGINT, stored BIGINT, empty BIGINT, missing BIGINT, forbidden BIGINT, failed BIGINT, pending BIGINT)',
    totals: 'STRUCT(rows BIGINT, bytes BIGINT, sourceBytes BIGINT, textBytes BIGINT, seconds DOUBLE)',
    incidents: 'STRUCT("from" TIMESTAMPTZ, "to" TIMESTAMPTZ, status VARCHAR, details VARCHAR)[]',
    items: 'STRUCT(symbol VARCHAR, dataType VARCHAR, status VARCHAR, condition VARCHAR, reasons VARCHAR[], object VARCHAR, bytes BIGINT, rows BIGINT,
      firstTimestampMicros BIGINT, lastTimestampMicros BIGINT, error VARCHAR, retryable BOOLEAN, quality STRUCT(version INTEGER, rowsOutOfOrder BIGINT,
      exchangeRowsOutOfOrder BIGINT, rowsOutsideDay BIGINT, repeatedRows BIGINT, repeatedIds BIGINT, nonPositivePrices BIGINT, crossed BIGINT,
      largestGapMicros BIGINT, largestGapStartMicros BIGINT, gaps STRUCT(startMicros BIGINT, micros BIGINT)[],
      latency STRUCT(minMicros BIGINT, medianMicros BIGINT, p99Micros BIGINT, maxMicros BIGINT, negative BIGINT)))[]'
  }
);

-- How much of each venue-day is there. settled: stored, empty, or known to be missing at Tardis.
CREATE OR REPLACE VIEW tick_completeness AS
SELECT venue, date, status, counts.items AS items, counts.stored + counts.empty + counts.missing AS settled,
  (counts.stored + counts.empty + counts.missing) / nullif(counts.items, 0) AS share,
  counts.stored AS stored, counts.empty AS empty, counts.missing AS missing, counts.forbidden AS forbidden,
  counts.failed AS failed, counts.pending AS pending,
  totals.rows AS "rows", totals.bytes AS bytes, totals.sourceBytes AS source_bytes, len(incidents) AS incidents
FROM tick_manifests;

CREATE OR REPLACE VIEW tick_items AS
SELECT venue, date, status = 'pending' AS is_pending_day, incidents, unnest(items, max_depth := 1) AS item FROM tick_manifests;

-- Whether the data of a venue-day and data type can be used. unknown: converted by a release that did not judge it.
CREATE OR REPLACE VIEW tick_condition AS
WITH judged AS (
  SELECT venue, date, is_pending_day, item.dataType AS data_type, item.status AS status,
    coalesce(item.condition, CASE item.status WHEN 'pending' THEN 'pending' WHEN 'failed' THEN 'missing'
      WHEN 'forbidden' THEN 'missing' WHEN 'missing' THEN 'missing' ELSE 'unknown' END) AS condition,
    item.rows AS item_rows, item.bytes AS item_bytes
  FROM tick_items
)
SELECT venue, date, data_type,
  CASE
    WHEN bool_or(is_pending_day OR condition = 'pending') THEN 'pending'
    WHEN bool_and(condition = 'missing') THEN 'missing'
    WHEN bool_or(condition IN ('degraded', 'missing')) THEN 'degraded'
    WHEN bool_or(condition = 'unknown') THEN 'unknown'
    ELSE 'available'
  END AS condition,
  count(*) AS items, count(*) FILTER (condition = 'available') AS available, count(*) FILTER (condition = 'degraded') AS degraded,
  count(*) FILTER (condition = 'missing') AS missing, count(*) FILTER (condition = 'pending') AS pending,
  count(*) FILTER (condition = 'unknown') AS unknown,
  coalesce(sum(item_rows), 0)::BIGINT AS "rows", coalesce(sum(item_bytes), 0)::BIGINT AS bytes
FROM judged GROUP BY ALL;

-- Spans of the day without rows: the longest ones that the converter kept, the time before the first row and after the last.
-- in_incident: one incident that Tardis reports covers at least half of it.
CREATE OR REPLACE VIEW tick_gaps AS
WITH stored AS (
  SELECT venue, date, incidents, item, epoch_us(date::TIMESTAMP) AS day_start FROM tick_items WHERE item.rows > 0
), spans AS (
  SELECT venue, date, incidents, item, unnest(list_concat(
    [{s: day_start, m: item.firstTimestampMicros - day_start},
     {s: item.lastTimestampMicros, m: day_start + 86400000000 - item.lastTimestampMicros}],
    CASE WHEN item.quality.gaps IS NOT NULL THEN [{s: gap.startMicros, m: gap.micros} FOR gap IN item.quality.gaps]
      WHEN item.quality.largestGapStartMicros IS NOT NULL
      THEN [{s: item.quality.largestGapStartMicros, m: item.quality.largestGapMicros}] END)) AS span
  FROM stored
)
SELECT venue, date, item.dataType AS data_type, item.symbol AS symbol, make_timestamp(span.s) AS started_at,
  span.m / 1e6 AS seconds,
  len(list_filter(incidents, lambda one: least(span.s + span.m, coalesce(epoch_us(one."to"), span.s + span.m))
    - greatest(span.s, epoch_us(one."from")) >= span.m / 2)) > 0 AS in_incident
FROM spans WHERE span.m > 0;

-- One row per item and reason, with what was seen. started_at and seconds are of the longest gap of that kind.
CREATE OR REPLACE VIEW tick_findings AS
WITH found AS (
  SELECT venue, date, item.dataType AS data_type, item.symbol AS symbol, item.status AS status, item.rows AS item_rows,
    item.quality AS quality, item.error AS error,
    unnest(coalesce(item.reasons, CASE WHEN item.condition IS NOT NULL THEN [] WHEN item.status IN ('failed', 'forbidden') THEN [item.status]
      WHEN item.status = 'missing' THEN ['not-at-vendor'] END)) AS reason
  FROM tick_items
), longest AS (
  SELECT venue, date, data_type, symbol, in_incident, max(seconds) AS seconds, arg_max(started_at, seconds) AS started_at
  FROM tick_gaps GROUP BY ALL
)
SELECT found.venue, found.date, found.data_type, found.symbol, found.status, found.reason,
  longest.in_incident, longest.started_at, longest.seconds,
  CASE reason WHEN 'crossed' THEN quality.crossed WHEN 'out-of-order' THEN quality.rowsOutOfOrder
    WHEN 'outside-day' THEN quality.rowsOutsideDay WHEN 'repeated-rows' THEN quality.repeatedRows
    WHEN 'repeated-ids' THEN quality.repeatedIds WHEN 'non-positive-price' THEN quality.nonPositivePrices
    WHEN 'negative-latency' THEN quality.latency.negative END AS affected_rows,
  item_rows AS "rows", error
FROM found LEFT JOIN longest ON reason IN ('gap', 'gap-in-incident') AND longest.in_incident = (reason = 'gap-in-incident')
  AND longest.venue = found.venue AND longest.date = found.date AND longest.data_type = found.data_type AND longest.symbol = found.symbol;
