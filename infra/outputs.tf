output "bucket" {
  description = "The data bucket."
  value       = "gs://${google_storage_bucket.data.name}"
}

output "topics" {
  description = "Topics by the function they feed; requests are published to that of schedule."
  value       = { for key, topic in google_pubsub_topic.work : key => topic.id }
}

output "dead_letter_subscriptions" {
  description = "Where dead letters wait, by the function that could not work on them."
  value       = { for key, subscription in google_pubsub_subscription.dead_letter : key => subscription.name }
}

output "functions" {
  description = "Addresses of the functions (internal: only Pub/Sub of this project gets through)."
  value       = { for key, function in google_cloudfunctions2_function.this : key => function.service_config[0].uri }
}

output "tardis_api_key_secret" {
  description = "The secret that takes the Tardis key: gcloud secrets versions add SECRET --data-file=-"
  value       = google_secret_manager_secret.tardis_api_key.secret_id
}

output "source_archive" {
  description = "The deployed source; its name changes only with its content."
  value       = google_storage_bucket_object.source.name
}

output "dashboard" {
  description = "Where to look."
  value       = "https://console.cloud.google.com/monitoring/dashboards?project=${var.project_id}"
}

output "backfill" {
  description = "How to ask for a range by hand."
  value       = "gcloud pubsub topics publish ${var.schedule_topic} --project=${var.project_id} --message='{\"venues\":[\"${var.venues[0]}\"],\"startDate\":\"2024-08-01\",\"endDate\":\"2024-08-31\"}'"
}
