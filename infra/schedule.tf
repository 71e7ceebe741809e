resource "google_cloud_scheduler_job" "schedule" {
  name        = "${var.name}-schedule"
  description = "Asks for the last days of all venues; what is complete is left out"
  region      = var.region
  schedule    = var.schedule_cron
  time_zone   = "Etc/UTC"
  paused      = var.schedule_paused

  pubsub_target {
    topic_name = google_pubsub_topic.work["schedule"].id
    # The default request. Not empty: the scheduler refuses a message with neither data nor attributes.
    data = base64encode("{}")
  }

  retry_config {
    retry_count          = 5
    min_backoff_duration = "30s"
    max_backoff_duration = "600s"
  }
}
