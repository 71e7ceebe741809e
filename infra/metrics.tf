# Metrics from the functions' log lines. A line's field `event` says what happened; infra/README.md lists events and fields.
# Names hold no hyphen or slash, so that PromQL uses the same names.

locals {
  service_names = { for key, _ in local.functions : key => google_cloudfunctions2_function.this[key].name }

  # Log filters: all lines of one function, and one kind of line of it.
  logs_of     = { for key, name in local.service_names : key => "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"${name}\"" }
  logs_of_any = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=(${join(" OR ", [for name in values(local.service_names) : "\"${name}\""])})"

  # Counted lines, with the fields that become labels.
  counters = {
    venue_days_overdue = {
      description = "Venue-days that schedule found incomplete past their time"
      filter      = "${local.logs_of["schedule"]} AND jsonPayload.event=\"venue_day_overdue\""
      labels      = { venue = "jsonPayload.venue" }
    }
    manifests = {
      description = "Manifests written, by the venue-day's status"
      filter      = "${local.logs_of["aggregate"]} AND jsonPayload.event=\"manifest\" AND jsonPayload.written=true"
      labels      = { venue = "jsonPayload.venue", status = "jsonPayload.status" }
    }
    messages_rejected = {
      description = "Messages that could not be understood"
      filter      = "${local.logs_of_any} AND jsonPayload.event=\"message_rejected\""
      labels      = {}
    }
    deliveries_failed = {
      description = "Deliveries that failed, and whose messages come again"
      filter      = "${local.logs_of_any} AND jsonPayload.event=\"delivery_failed\""
      labels      = {}
    }
    items_failed_for_good = {
      description = "Items that failed in a way that a retry does not change"
      filter      = "${local.logs_of["fetch"]} AND jsonPayload.event=\"item_failed\" AND jsonPayload.retryable=false"
      labels      = { venue = "jsonPayload.venue" }
    }
    vendor_blocks = {
      description = "Times from when on the vendor was not asked, by what it was"
      filter      = "${local.logs_of["fetch"]} AND jsonPayload.event=(\"vendor_quota\" OR \"vendor_key_refused\" OR \"vendor_down\")"
      labels      = { event = "jsonPayload.event" }
    }
    requests_open = {
      description = "Requests for given days that a scheduled run found open"
      filter      = "${local.logs_of["schedule"]} AND jsonPayload.event=\"request_open\""
      labels      = {}
    }
    leak_verdicts = {
      description = "Verdicts that memory leaks, or may"
      filter      = "${local.logs_of_any} AND jsonPayload.event=\"memory_leak_suspected\""
      labels      = { verdict = "jsonPayload.verdict" }
    }
    out_of_memory = {
      description = "Instances that Cloud Run stopped for memory"
      filter      = "${local.logs_of_any} AND severity>=ERROR AND textPayload:\"Memory limit of\""
      labels      = {}
    }
  }

  # One value per finished batch.
  batch_values = {
    batch_rows             = { field = "rows", unit = "1", scale = 1000, description = "Rows written by a batch" }
    batch_downloaded_bytes = { field = "downloadedBytes", unit = "By", scale = 1048576, description = "Compressed bytes a batch downloaded" }
    batch_object_bytes     = { field = "objectBytes", unit = "By", scale = 1048576, description = "Bytes of Parquet a batch wrote" }
    batch_seconds          = { field = "seconds", unit = "s", scale = 1, description = "Seconds a batch took" }
    batch_items_failed     = { field = "failed", unit = "1", scale = 1, description = "Items of a batch that failed" }
    batch_items_stored     = { field = "stored", unit = "1", scale = 1, description = "Items of a batch that were stored" }
    batch_peak_rss_bytes   = { field = "peakRssBytes", unit = "By", scale = 16777216, description = "Peak resident memory during a batch" }
  }
}

resource "google_logging_metric" "counter" {
  for_each = local.counters

  name        = "${local.id}_${each.key}"
  description = each.value.description
  filter      = each.value.filter

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"

    dynamic "labels" {
      for_each = each.value.labels
      content {
        key        = labels.key
        value_type = "STRING"
      }
    }
  }

  label_extractors = { for label, field in each.value.labels : label => "EXTRACT(${field})" }
}

resource "google_logging_metric" "batch" {
  for_each = local.batch_values

  name            = "${local.id}_${each.key}"
  description     = each.value.description
  filter          = "${local.logs_of["fetch"]} AND jsonPayload.event=\"batch_done\""
  value_extractor = "EXTRACT(jsonPayload.${each.value.field})"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = each.value.unit
  }

  # Finer than it has to be: sums are exact whatever the buckets are, quantiles are within 20 %.
  bucket_options {
    exponential_buckets {
      num_finite_buckets = 60
      growth_factor      = 1.2
      scale              = each.value.scale
    }
  }
}
