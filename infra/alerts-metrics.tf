# Alerts on Google Cloud's own metrics.

resource "google_monitoring_alert_policy" "dead_letters" {
  display_name          = "Tick handler: dead letters"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local.channels

  # The messages that lie there, not those that arrive: it stays open until somebody has dealt with them.
  dynamic "conditions" {
    for_each = local.topics
    content {
      display_name = "${google_pubsub_subscription.dead_letter[conditions.key].name} holds messages"
      condition_threshold {
        filter          = "resource.type = \"pubsub_subscription\" AND resource.labels.subscription_id = \"${google_pubsub_subscription.dead_letter[conditions.key].name}\" AND metric.type = \"pubsub.googleapis.com/subscription/num_undelivered_messages\""
        comparison      = "COMPARISON_GT"
        threshold_value = 0
        duration        = "0s"
        aggregations {
          alignment_period   = "300s"
          per_series_aligner = "ALIGN_MAX"
        }
      }
    }
  }

  alert_strategy {
    auto_close = "604800s"
  }

  documentation {
    mime_type = "text/markdown"
    content   = <<-EOT
      A message was delivered ${var.max_delivery_attempts} times without success. It stays in a dead-letter subscription for 31 days.

      1. `npx --no tick-handler dead-letters --project ${var.project_id}` lists them with the function and the number of attempts.
      2. The function's error lines around the last attempts say what failed (vendor out of reach, bucket or secret refused).
      3. Once the cause is gone: `npx --no tick-handler dead-letters replay --all --project ${var.project_id}`. What is stored is not
         downloaded again.
      4. A message that is of no use any more: `npx --no tick-handler dead-letters drop ID --project ${var.project_id}`. The venue-days of
         requests and of the lookback window come back by themselves.
    EOT
  }
}

resource "google_monitoring_alert_policy" "function_errors" {
  display_name          = "Tick handler: function fails"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local.channels

  # Single failures are retried and pass. A message that always fails comes at least every 10 minutes, so an hour in which
  # no quarter is free of failures is not a passing one.
  dynamic "conditions" {
    for_each = local.service_names
    content {
      display_name = "${conditions.value} has failed for an hour"
      condition_threshold {
        filter                  = "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"${conditions.value}\" AND metric.type = \"run.googleapis.com/request_count\" AND metric.labels.response_code_class = \"5xx\""
        comparison              = "COMPARISON_GT"
        threshold_value         = 0
        duration                = "3600s"
        evaluation_missing_data = "EVALUATION_MISSING_DATA_INACTIVE"
        aggregations {
          alignment_period     = "900s"
          per_series_aligner   = "ALIGN_SUM"
          cross_series_reducer = "REDUCE_SUM"
          group_by_fields      = ["resource.label.service_name"]
        }
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  documentation {
    mime_type = "text/markdown"
    content   = <<-EOT
      A function has answered messages with errors for an hour without a pause. The messages are delivered again, up to
      ${var.max_delivery_attempts} times; after that they are dead letters.

      1. `gcloud logging read 'jsonPayload.event="delivery_failed"' --limit=10` shows what failed.
      2. Vendor out of reach, or answers 429: nothing to do but wait; with 429, lower fetch_max_instances. Bucket, topic or secret
         refused: a role is missing, `terraform apply` restores it. No such line: the instance ends before it can write one, see
         the alert on memory.
    EOT
  }
}

resource "google_monitoring_alert_policy" "backlog" {
  display_name          = "Tick handler: messages wait too long"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = local.channels

  dynamic "conditions" {
    for_each = local.topics
    content {
      display_name = "the oldest message of ${google_pubsub_subscription.push[conditions.key].name} has waited ${var.backlog_alert_days} days"
      condition_threshold {
        filter          = "resource.type = \"pubsub_subscription\" AND resource.labels.subscription_id = \"${google_pubsub_subscription.push[conditions.key].name}\" AND metric.type = \"pubsub.googleapis.com/subscription/oldest_unacked_message_age\""
        comparison      = "COMPARISON_GT"
        threshold_value = var.backlog_alert_days * 86400
        duration        = "0s"
        aggregations {
          alignment_period   = "300s"
          per_series_aligner = "ALIGN_MAX"
        }
      }
    }
  }

  alert_strategy {
    auto_close = "604800s"
  }

  documentation {
    mime_type = "text/markdown"
    content   = <<-EOT
      A message has waited for ${var.backlog_alert_days} days. Pub/Sub drops it 31 days after it was published, without a dead letter.

      1. `gcloud pubsub subscriptions describe SUBSCRIPTION` shows whether somebody stopped the pushes (no pushEndpoint). If so,
         `terraform apply` starts them again.
      2. A big backfill: see on the dashboard how fast the number of waiting messages falls. If it needs more than 31 days, raise
         fetch_max_instances, within what the vendor allows.
      3. The pushes fail: see the alert on function errors.
    EOT
  }
}

resource "google_monitoring_alert_policy" "memory" {
  display_name          = "Tick handler: memory near the limit"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = local.channels

  dynamic "conditions" {
    for_each = local.service_names
    content {
      display_name = "${conditions.value} uses more than ${var.memory_alert_share * 100} % of its memory"
      condition_threshold {
        filter          = "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"${conditions.value}\" AND metric.type = \"run.googleapis.com/container/memory/utilizations\""
        comparison      = "COMPARISON_GT"
        threshold_value = var.memory_alert_share
        duration        = "0s"
        aggregations {
          alignment_period     = "300s"
          per_series_aligner   = "ALIGN_PERCENTILE_99"
          cross_series_reducer = "REDUCE_MAX"
          group_by_fields      = ["resource.label.service_name"]
        }
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  documentation {
    mime_type = "text/markdown"
    content   = <<-EOT
      A function's instances come close to their memory. Above ${var.memory_threshold * 100} % fetch starts no further item, so this is unusual.

      1. Look at the dashboard's memory charts: a step with a new revision, a slow rise (see the leak alert), or single batches
         (the batch_done lines with the highest peakRssBytes name their venue-day).
      2. Raise the function's memory. That is safe at any time.
    EOT
  }
}

resource "google_monitoring_alert_policy" "schedule_silent" {
  display_name          = "Tick handler: schedule has not run"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local.channels
  enabled               = !var.schedule_paused

  # On Cloud Run's own metric: it covers the whole way from the scheduler over topic and subscription to the function.
  conditions {
    display_name = "no successful run for 23 hours"
    condition_absent {
      filter   = "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"${local.service_names["schedule"]}\" AND metric.type = \"run.googleapis.com/request_count\" AND metric.labels.response_code_class = \"2xx\""
      duration = "82800s"
      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_SUM"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = ["resource.label.service_name"]
      }
    }
  }

  alert_strategy {
    auto_close = "604800s"
  }

  documentation {
    mime_type = "text/markdown"
    content   = <<-EOT
      The schedule function has not finished a request for 23 hours, though the scheduler should have asked (${var.schedule_cron} UTC).
      No new day is fetched meanwhile. The next run asks for the last ${var.lookback_days} days.

      1. `gcloud scheduler jobs run ${google_cloud_scheduler_job.schedule.name} --location=${var.region}`, then read the function's log.
      2. No line at all: see the push errors of ${google_pubsub_subscription.push["schedule"].name} on the dashboard, the push account's run.invoker
         role, and whether the scheduler job is paused.
      3. Error lines: they say what was refused.
    EOT
  }
}
