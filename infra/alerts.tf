# Each alert's documentation says what it means and what to do first. The notification carries it.

resource "google_monitoring_notification_channel" "email" {
  for_each = var.alert_emails

  display_name = "Tick handler: ${each.value}"
  type         = "email"
  labels       = { email_address = each.value }

  depends_on = [google_project_service.required]
}

locals {
  channels = [for channel in google_monitoring_notification_channel.email : channel.id]

  # Alerts on log lines rather than on metrics of them: they need no metric to exist first, and the notification names
  # venue and date. At most one notification per period.
  log_alerts = {
    overdue = {
      title    = "venue-day incomplete past its time"
      severity = "WARNING"
      period   = "86400s"
      filter   = "${local.logs_of["schedule"]} AND jsonPayload.event=\"venue_day_overdue\""
      labels   = { venue = "EXTRACT(jsonPayload.venue)", date = "EXTRACT(jsonPayload.date)", status = "EXTRACT(jsonPayload.status)" }
      text     = <<-EOT
        A venue-day in the lookback window is still not complete long after the vendor exports it. schedule has just asked
        for it again.

        1. `gcloud storage cat gs://${var.bucket_name}/${local.ledger_prefix}/venue=VENUE/date=DATE/manifest.json | jq '.items[] | select(.status | IN("failed", "forbidden", "pending"))'`
        2. forbidden: the Tardis key does not cover that data, or has expired. failed: the item's error says why. pending: the
           vendor has not exported it (see its status page and the manifest's incidents).
        3. After the first deployment, and after adding a venue, days of the window that were never asked for count too.
      EOT
    }
    rejected = {
      title    = "message not understood"
      severity = "WARNING"
      period   = "3600s"
      filter   = "${local.logs_of_any} AND jsonPayload.event=\"message_rejected\""
      labels   = { function = "EXTRACT(resource.labels.service_name)", reason = "EXTRACT(jsonPayload.reason)" }
      text     = <<-EOT
        A function could not understand a message. It does not retry the message and keeps it under
        gs://${var.bucket_name}/${local.ledger_prefix}/rejected/.

        1. `gcloud storage ls gs://${var.bucket_name}/${local.ledger_prefix}/rejected/`, and read the object: it holds the reason
           and the message (a .message object: a line of JSON, then the message's own bytes).
        2. Publish the corrected message, and delete the kept one.
      EOT
    }
    leak = {
      title    = "memory leak suspected"
      severity = "WARNING"
      period   = "86400s"
      filter   = "${local.logs_of_any} AND jsonPayload.event=\"memory_leak_suspected\""
      labels   = { function = "EXTRACT(resource.labels.service_name)", verdict = "EXTRACT(jsonPayload.verdict)" }
      text     = <<-EOT
        An instance's memory grows from batch to batch. The log line says how fast, and how sure that is. Nothing is lost: an
        instance that runs out of memory is replaced, and its message is delivered again.

        1. Compare the revisions on the dashboard's memory charts.
        2. Deploy the last revision whose memory was flat, and report the log line.
      EOT
    }
    out_of_memory = {
      title    = "instance stopped for memory"
      severity = "ERROR"
      period   = "3600s"
      filter   = "${local.logs_of_any} AND severity>=ERROR AND textPayload:\"Memory limit of\""
      labels   = { function = "EXTRACT(resource.labels.service_name)" }
      text     = <<-EOT
        Cloud Run stopped an instance that used more memory than it has. Its message is delivered again, and stored items are
        not fetched again.

        1. See in the function's log which venue-day it was, and whether the next delivery succeeded.
        2. If it repeats, raise the function's memory (fetch_memory_mb, aggregate_memory_mb, schedule_memory_mb), and report the
           venue-day.
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

        1. `gcloud scheduler jobs describe ${google_cloud_scheduler_job.schedule.name} --location=${var.region}` shows the last attempt.
        2. Common causes: somebody removed the topic, or the role of the Cloud Scheduler service agent.
      EOT
    }
    quota = {
      title    = "vendor's daily quota used up"
      severity = "WARNING"
      period   = "86400s"
      filter   = "${local.logs_of["fetch"]} AND jsonPayload.event=\"vendor_quota\""
      labels   = { until = "EXTRACT(jsonPayload.until)" }
      text     = <<-EOT
        The vendor refuses further downloads, as a rule until 00:00 UTC. Nothing is lost and nothing is to be done: no instance asks
        before that time, and the scheduled runs after it bring back what is left.

        1. `npx --no tick-handler requests --bucket ${var.bucket_name}` lists the backfills that are under way.
        2. If it comes every day, compare with the key's plan. tardis_daily_bytes keeps a part of the quota for others.
      EOT
    }
    key = {
      title    = "vendor refuses the key"
      severity = "ERROR"
      period   = "86400s"
      filter   = "${local.logs_of["fetch"]} AND jsonPayload.event=\"vendor_key_refused\""
      labels   = { until = "EXTRACT(jsonPayload.until)" }
      text     = <<-EOT
        The vendor refuses the API key: it has expired, or is wrong. Nothing is downloaded. Nothing is lost: the key is tried again in
        each scheduled run, and what is left comes back then.

        1. `gcloud logging read 'jsonPayload.event="vendor_key_refused"' --limit=1` shows what the vendor said.
        2. Add a new version of the secret ${google_secret_manager_secret.tardis_api_key.secret_id}, set tardis_api_key_version, and apply.
        3. `gcloud scheduler jobs run ${google_cloud_scheduler_job.schedule.name} --location=${var.region}` begins at once.
      EOT
    }
    down = {
      title    = "vendor does not respond"
      severity = "WARNING"
      period   = "86400s"
      filter   = "${local.logs_of["fetch"]} AND jsonPayload.event=\"vendor_down\" AND jsonPayload.minutes>=60"
      labels   = { since = "EXTRACT(jsonPayload.since)" }
      text     = <<-EOT
        The vendor has not responded for an hour. Nothing is lost: one request each 10 minutes tries whether it does. After two
        hours messages are acknowledged without work, and the scheduled runs after the outage bring back what is left.

        1. See the vendor's status page, and `gcloud logging read 'jsonPayload.event="vendor_down"' --limit=1` for the error.
        2. If only this project cannot reach it: look at what changed in its network, and at TARDIS_API_URL and TARDIS_DATASETS_URL.
        3. `gcloud scheduler jobs run ${google_cloud_scheduler_job.schedule.name} --location=${var.region}` begins at once when it is over.
      EOT
    }
    request = {
      title    = "backfill not complete"
      severity = "WARNING"
      period   = "86400s"
      filter   = "${local.logs_of["schedule"]} AND jsonPayload.event=\"request_open\" AND jsonPayload.openDays>=${var.request_alert_days}"
      labels   = { request = "EXTRACT(jsonPayload.request)", open_until = "EXTRACT(jsonPayload.openUntil)" }
      text     = <<-EOT
        A request for given days has not been complete for ${var.request_alert_days} days. It is published again every three days, and after each
        time that the vendor refused everything.

        1. `npx --no tick-handler requests --bucket ${var.bucket_name}` lists the requests: venues, days, and until which day they are open.
        2. `npx --no tick-handler status --bucket ${var.bucket_name} --venues V --start-date D --end-date D` tells why a day is not complete.
        3. If it never will be: `npx --no tick-handler requests give-up ID --bucket ${var.bucket_name}`.
      EOT
    }
    forbidden = {
      title    = "vendor refuses data"
      severity = "ERROR"
      period   = "86400s"
      filter   = "${local.logs_of["fetch"]} AND jsonPayload.event=\"batch_done\" AND jsonPayload.forbidden>0"
      labels   = { venue = "EXTRACT(jsonPayload.venue)", date = "EXTRACT(jsonPayload.date)", items = "EXTRACT(jsonPayload.forbidden)" }
      text     = <<-EOT
        The vendor refused items of a batch: the key's plan does not cover them, or no key was sent. Their venue-days stay
        incomplete, and are asked for again by the scheduled runs of the last days, and every three days for a backfill.

        1. `gcloud logging read 'jsonPayload.status="forbidden" AND jsonPayload.venue="VENUE"' --limit=5` shows the items and
           what the vendor said.
        2. Extend the key's plan, or leave out what it does not cover: in data_types or venues for the last days; for a backfill
           `npx --no tick-handler requests give-up ID --bucket ${var.bucket_name}`, and a narrower request.
      EOT
    }
    failed = {
      title    = "item failed for good"
      severity = "WARNING"
      period   = "86400s"
      filter   = "${local.logs_of["fetch"]} AND jsonPayload.event=\"item_failed\" AND jsonPayload.retryable=false"
      labels   = { venue = "EXTRACT(jsonPayload.venue)", date = "EXTRACT(jsonPayload.date)", data_type = "EXTRACT(jsonPayload.dataType)", symbol = "EXTRACT(jsonPayload.symbol)" }
      text     = <<-EOT
        An item failed in a way that a retry does not change, such as a malformed row. Its venue-day stays incomplete. The other
        items are not affected.

        1. `gcloud logging read 'jsonPayload.event="item_failed" AND jsonPayload.retryable=false' --limit=20`: the error names the
           line, the column and what was found.
        2. Report it to the vendor, with the error.
        3. Once the vendor has corrected the file, ask for the day again:
           `gcloud pubsub topics publish ${var.schedule_topic} --message='{"venues":["VENUE"],"startDate":"DATE","endDate":"DATE"}'`
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
