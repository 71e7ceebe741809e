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

# Commits are rare: complete venue-days wait in the bucket, and a refresh takes them all. Without any it costs one listing.
resource "google_cloud_scheduler_job" "tables" {
  name        = "${var.name}-tables"
  description = "Brings the Iceberg tables up to date with the manifests"
  region      = var.region
  schedule    = var.tables_cron
  time_zone   = "Etc/UTC"

  pubsub_target {
    topic_name = google_pubsub_topic.work["tables"].id
    data       = base64encode("{\"tables\":\"refresh\"}")
  }

  # What one request leaves is for the next one.
  retry_config {
    retry_count          = 1
    min_backoff_duration = "30s"
  }
}
