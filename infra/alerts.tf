# What each alert means and what to do is in its documentation, which comes with the notification.

resource "google_monitoring_notification_channel" "email" {
  for_each = var.alert_emails

  display_name = "Tick handler: ${each.value}"
  type         = "email"
  labels       = { email_address = each.value }

  depends_on = [google_project_service.required]
}

locals {
  channels = [for channel in google_monitoring_notification_channel.email : channel.id]

  # Alerts on log lines themselves rather than on metrics of them: they need no metric to exist first, and the
  # notification can name venue and date. At most one notification per period.
  log_alerts = {
    overdue = {
      title    = "venue-day incomplete past its time"
      severity = "WARNING"
      period   = "86400s"
      filter   = "${local.logs_of["schedule"]} AND jsonPayload.event=\"venue_day_overdue\""
      labels   = { venue = "EXTRACT(jsonPayload.venue)", date = "EXTRACT(jsonPayload.date)", status = "EXTRACT(jsonPayload.status)" }
      text     = <<-EOT
        A venue-day in the lookback window is still not complete long after the vendor exports it. schedule has just asked
        for it again, so a passing trouble heals by itself.

        1. `gcloud storage cat gs://${var.bucket_name}/${local.ledger_prefix}/venue=VENUE/date=DATE/manifest.json | jq '.items[] | select(.status | IN("failed", "forbidden", "pending"))'`
        2. forbidden: the Tardis key lacks that data or has expired. failed: its error says why. pending: the vendor has not
           exported it (see its status page and the manifest's incidents).
        3. Right after the first deployment, or after adding a venue, days of the window that were never asked for count too.
      EOT
    }
    rejected = {
      title    = "message not understood"
      severity = "WARNING"
      period   = "3600s"
      filter   = "${local.logs_of_any} AND jsonPayload.event=\"message_rejected\""
      labels   = { function = "EXTRACT(resource.labels.service_name)", reason = "EXTRACT(jsonPayload.reason)" }
      text     = <<-EOT
        A message could not be understood. It is not retried; it is kept under gs://${var.bucket_name}/${local.ledger_prefix}/rejected/.

        Read it and the reason in the log line, publish it again rightly, and delete the kept one.
      EOT
    }
    leak = {
      title    = "memory leak suspected"
      severity = "WARNING"
      period   = "86400s"
      filter   = "${local.logs_of_any} AND jsonPayload.event=\"memory_leak_suspected\""
      labels   = { function = "EXTRACT(resource.labels.service_name)", verdict = "EXTRACT(jsonPayload.verdict)" }
      text     = <<-EOT
        An instance's memory grows steadily from batch to batch. The line says how fast and how sure that is.

        Nothing is lost: an instance that runs out of memory is replaced, and its message delivered again. Compare revisions on
        the dashboard's memory charts; go back to the last one that was flat, and report the log line.
      EOT
    }
    out_of_memory = {
      title    = "instance stopped for memory"
      severity = "ERROR"
      period   = "3600s"
      filter   = "${local.logs_of_any} AND severity>=ERROR AND textPayload:\"Memory limit of\""
      labels   = { function = "EXTRACT(resource.labels.service_name)" }
      text     = <<-EOT
        Cloud Run stopped an instance that used more memory than it has. Its message is delivered again, and items already
        stored are not fetched again.

        If it repeats: raise the function's memory (fetch_memory_mb, aggregate_memory_mb, schedule_memory_mb), and report which
        venue-day it was.
      EOT
    }
    scheduler = {
      title    = "scheduler cannot publish"
      severity = "ERROR"
      period   = "3600s"
      filter   = "resource.type=\"cloud_scheduler_job\" AND resource.labels.job_id=\"${google_cloud_scheduler_job.schedule.name}\" AND severity>=ERROR"
      labels   = { status = "EXTRACT(jsonPayload.status)" }
      text     = <<-EOT
        Cloud Scheduler could not publish the scheduled request. Nothing is lost yet: the next run asks for the whole lookback
        window.

        `gcloud scheduler jobs describe ${google_cloud_scheduler_job.schedule.name} --location=${var.region}` shows the last attempt. Common causes: the topic
        or the Cloud Scheduler service agent's role was removed.
      EOT
    }
  }
}

resource "google_monitoring_alert_policy" "log" {
  for_each = local.log_alerts

  display_name          = "Tick handler: ${each.value.title}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = local.channels

  conditions {
    display_name = each.value.title
    condition_matched_log {
      filter           = each.value.filter
      label_extractors = each.value.labels
    }
  }

  alert_strategy {
    auto_close = "86400s"
    notification_rate_limit {
      period = each.value.period
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = each.value.text
  }
}

resource "google_monitoring_alert_policy" "dead_letters" {
  display_name          = "Tick handler: dead letters"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local.channels

  # The messages that lie there, not those that arrive: it stays open until somebody has dealt with them.
  dynamic "conditions" {
    for_each = local.functions
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
      A message was delivered ${var.max_delivery_attempts} times without success and lies in a dead-letter subscription, for 31 days at most.

      1. `gcloud pubsub subscriptions pull SUBSCRIPTION --limit=10` shows it without removing it.
      2. The function's error lines around its last attempts say what failed (vendor out of reach, bucket or secret refused).
      3. With the cause gone, the next scheduled run asks again for what lies in the lookback window. For older days, or at once,
         publish to ${var.schedule_topic}: `{"venues": ["VENUE"], "startDate": "DATE", "endDate": "DATE"}`.
      4. Then remove the dead letters: `gcloud pubsub subscriptions seek SUBSCRIPTION --time=$(date -u +%FT%TZ)`.
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

      Look at the dashboard's memory charts: a step with a new revision, a slow rise (see the leak alert), or single batches
      (batch_done lines with the highest peakRssBytes name their venue-day). Raising the function's memory is safe at any time.
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
      New days are not fetched meanwhile; the first run after it asks for the last ${var.lookback_days} days.

      1. `gcloud scheduler jobs run ${google_cloud_scheduler_job.schedule.name} --location=${var.region}`, then the function's log.
      2. No line at all: the push subscription ${google_pubsub_subscription.push["schedule"].name} (its push errors are on the dashboard), the push
         account's run.invoker role, or the scheduler job is paused.
      3. Error lines: they say what was refused.
    EOT
  }
}
