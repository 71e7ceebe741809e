# Keyed by what they feed: a function, or the tables, which aggregate refreshes.
resource "google_pubsub_topic" "work" {
  for_each = local.topics

  name = each.value.topic

  depends_on = [google_project_service.required]
}

resource "google_pubsub_topic" "dead_letter" {
  for_each = local.topics

  name = "${each.value.topic}-dead-letter"

  depends_on = [google_project_service.required]
}

# Subscriptions of our own rather than an event trigger's: a trigger's has a 10 s deadline, no dead-letter topic, and
# neither can be set.
resource "google_pubsub_subscription" "push" {
  for_each = local.topics

  name  = "${each.value.topic}-push"
  topic = google_pubsub_topic.work[each.key].id

  # The longest there is; it is also the push request's time limit, and must outlast the function's own.
  ack_deadline_seconds = 600

  # The longest there is. Pub/Sub drops an older message without a dead letter; an alert comes long before.
  message_retention_duration = "2678400s"

  # Never: by default a subscription without traffic for 31 days is deleted, and its messages with it.
  expiration_policy {
    ttl = ""
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letter[each.key].id
    max_delivery_attempts = var.max_delivery_attempts
  }

  push_config {
    # The path tells the Functions Framework which topic the message came from: the CloudEvent's source.
    push_endpoint = "${google_cloudfunctions2_function.this[each.value.function].service_config[0].uri}/projects/${var.project_id}/topics/${each.value.topic}"

    oidc_token {
      service_account_email = google_service_account.push.email
      audience              = google_cloudfunctions2_function.this[each.value.function].service_config[0].uri
    }
  }

  depends_on = [
    google_cloud_run_v2_service_iam_member.push_invokes,
    google_pubsub_topic_iam_member.agent_dead_letters,
    google_service_account_iam_member.agent_signs_push_tokens,
  ]
}

# Without these, dead letters would go to a topic nobody listens to and be lost. They wait to be pulled by a person, so
# on purpose they have no dead-letter policy of their own.
resource "google_pubsub_subscription" "dead_letter" {
  for_each = local.topics

  name  = "${each.value.topic}-dead-letter-pull"
  topic = google_pubsub_topic.dead_letter[each.key].id

  ack_deadline_seconds       = 600
  message_retention_duration = "2678400s"

  expiration_policy {
    ttl = ""
  }
}
