# One account per function, one that pushes, one that builds. Only the builder has roles on the project, because Google's
# staging buckets and the log are in no resource of ours; and the functions' accounts where the requester of data pays.

resource "google_service_account" "function" {
  for_each = local.functions

  account_id   = "${var.name}-${each.key}"
  display_name = "Tick handler: ${each.key}"

  depends_on = [google_project_service.required]
}

resource "google_service_account" "push" {
  account_id   = "${var.name}-push"
  display_name = "Tick handler: who Pub/Sub is when it pushes"

  depends_on = [google_project_service.required]
}

resource "google_service_account" "build" {
  account_id   = "${var.name}-build"
  display_name = "Tick handler: builds the functions' images"

  depends_on = [google_project_service.required]
}

# Pushing

resource "google_cloud_run_v2_service_iam_member" "push_invokes" {
  for_each = local.functions

  location = var.region
  name     = google_cloudfunctions2_function.this[each.key].name
  role     = "roles/run.invoker"
  member   = google_service_account.push.member
}

# Projects from before April 2021 need it; for newer ones it adds nothing to what Pub/Sub's agent may do anyway.
resource "google_service_account_iam_member" "agent_signs_push_tokens" {
  service_account_id = google_service_account.push.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = local.pubsub_agent
}

# Dead-lettering is done by Pub/Sub's agent: it publishes the dead letter and acknowledges the original.
resource "google_pubsub_topic_iam_member" "agent_dead_letters" {
  for_each = local.topics

  topic  = google_pubsub_topic.dead_letter[each.key].id
  role   = "roles/pubsub.publisher"
  member = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "agent_acknowledges" {
  for_each = local.topics

  subscription = google_pubsub_subscription.push[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

# Publishing

resource "google_pubsub_topic_iam_member" "schedule_publishes_venue_days" {
  topic  = google_pubsub_topic.work["fetch"].id
  role   = "roles/pubsub.publisher"
  member = google_service_account.function["schedule"].member
}

# What schedule has no time for, it publishes as a further request.
resource "google_pubsub_topic_iam_member" "schedule_publishes_requests" {
  topic  = google_pubsub_topic.work["schedule"].id
  role   = "roles/pubsub.publisher"
  member = google_service_account.function["schedule"].member
}

resource "google_pubsub_topic_iam_member" "fetch_publishes_batches" {
  topic  = google_pubsub_topic.work["fetch"].id
  role   = "roles/pubsub.publisher"
  member = google_service_account.function["fetch"].member
}

resource "google_pubsub_topic_iam_member" "fetch_publishes_completions" {
  topic  = google_pubsub_topic.work["aggregate"].id
  role   = "roles/pubsub.publisher"
  member = google_service_account.function["fetch"].member
}

# Before a batch replaces objects that the tables name, fetch asks for copies. Aggregate makes them, and publishes the batch.
resource "google_pubsub_topic_iam_member" "fetch_asks_for_copies" {
  topic  = google_pubsub_topic.work["tables"].id
  role   = "roles/pubsub.publisher"
  member = google_service_account.function["fetch"].member
}

resource "google_pubsub_topic_iam_member" "aggregate_publishes_batches" {
  topic  = google_pubsub_topic.work["fetch"].id
  role   = "roles/pubsub.publisher"
  member = google_service_account.function["aggregate"].member
}

# Objects. Conditions hold each function to its prefixes. Names may be listed in the whole bucket, because a list is a request
# to the bucket, which no condition on objects' names covers, and because without that permission Cloud Storage answers 403
# instead of 404 for an object that is not there.

resource "google_project_iam_custom_role" "object_lister" {
  role_id     = "${local.id}_object_lister"
  title       = "Tick handler: lists object names"
  description = "What is stored already; and so that an absent object is a 404, not a 403"
  permissions = ["storage.objects.list"]

  depends_on = [google_project_service.required]
}

resource "google_storage_bucket_iam_member" "function_lists" {
  for_each = local.functions

  bucket = google_storage_bucket.data.name
  role   = google_project_iam_custom_role.object_lister.id
  member = google_service_account.function[each.key].member
}

resource "google_storage_bucket_iam_member" "schedule_reads_ledger" {
  bucket = google_storage_bucket.data.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.function["schedule"].member

  condition {
    title      = "ledger"
    expression = "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.data.name}/objects/${local.ledger_prefix}/\")"
  }
}

resource "google_storage_bucket_iam_member" "schedule_keeps_rejected" {
  bucket = google_storage_bucket.data.name
  role   = "roles/storage.objectUser"
  member = google_service_account.function["schedule"].member

  condition {
    title      = "rejected-messages"
    expression = "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.data.name}/objects/${local.ledger_prefix}/rejected/\")"
  }
}

# What was asked for, until it is complete.
resource "google_storage_bucket_iam_member" "schedule_keeps_requests" {
  bucket = google_storage_bucket.data.name
  role   = "roles/storage.objectUser"
  member = google_service_account.function["schedule"].member

  condition {
    title      = "requests"
    expression = "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.data.name}/objects/${local.ledger_prefix}/requests/\")"
  }
}

resource "google_storage_bucket_iam_member" "fetch_writes_data_and_ledger" {
  bucket = google_storage_bucket.data.name
  role   = "roles/storage.objectUser"
  member = google_service_account.function["fetch"].member

  condition {
    title      = "data-and-ledger"
    expression = "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.data.name}/objects/${var.bucket_prefix}/\") || resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.data.name}/objects/${local.ledger_prefix}/\")"
  }
}

# Object User may replace and delete, but not say how long an object stays.
resource "google_project_iam_custom_role" "object_retainer" {
  count = var.object_retention_days > 0 ? 1 : 0

  role_id     = "${local.id}_object_retainer"
  title       = "Tick handler: sets the retention time of objects"
  description = "For the Parquet objects that fetch writes"
  permissions = ["storage.objects.setRetention"]

  depends_on = [google_project_service.required]
}

resource "google_storage_bucket_iam_member" "fetch_retains_data" {
  count = var.object_retention_days > 0 ? 1 : 0

  bucket = google_storage_bucket.data.name
  role   = google_project_iam_custom_role.object_retainer[0].id
  member = google_service_account.function["fetch"].member

  condition {
    title      = "data"
    expression = "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.data.name}/objects/${var.bucket_prefix}/\")"
  }
}

# Where the requester pays, the functions' requests are billed to this project, which its accounts may not do otherwise.
resource "google_project_iam_member" "function_bills_project" {
  for_each = var.requester_pays ? local.functions : {}

  project = var.project_id
  role    = "roles/serviceusage.serviceUsageConsumer"
  member  = google_service_account.function[each.key].member
}

resource "google_storage_bucket_iam_member" "aggregate_writes_ledger" {
  bucket = google_storage_bucket.data.name
  role   = "roles/storage.objectUser"
  member = google_service_account.function["aggregate"].member

  condition {
    title      = "ledger"
    expression = "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.data.name}/objects/${local.ledger_prefix}/\")"
  }
}

# The tables, and the venue-days that wait for them. It removes files that no snapshot names any more.
resource "google_storage_bucket_iam_member" "aggregate_writes_tables" {
  bucket = google_storage_bucket.data.name
  role   = "roles/storage.objectUser"
  member = google_service_account.function["aggregate"].member

  condition {
    title      = "tables"
    expression = "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.data.name}/objects/${local.tables_prefix}/\")"
  }
}

# Copying an object takes the right to read it.
resource "google_storage_bucket_iam_member" "aggregate_copies_data" {
  bucket = google_storage_bucket.data.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.function["aggregate"].member

  condition {
    title      = "data"
    expression = "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.data.name}/objects/${var.bucket_prefix}/\")"
  }
}

resource "google_secret_manager_secret_iam_member" "fetch_reads_key" {
  secret_id = google_secret_manager_secret.tardis_api_key.id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.function["fetch"].member
}

# Building: https://cloud.google.com/run/docs/configuring/services/build-service-account

resource "google_artifact_registry_repository_iam_member" "build_writes_images" {
  location   = google_artifact_registry_repository.images.location
  repository = google_artifact_registry_repository.images.name
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.build.member
}

resource "google_storage_bucket_iam_member" "build_reads_source" {
  bucket = google_storage_bucket.source.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.build.member
}

# Cloud Run functions copies the source to a staging bucket of its own. Google asks for Storage Object Admin there; what
# Object User lacks of it is only the right to change who may read the objects.
resource "google_project_iam_member" "build_uses_staging_bucket" {
  project = var.project_id
  role    = "roles/storage.objectUser"
  member  = google_service_account.build.member

  condition {
    title      = "staging-bucket"
    expression = "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-${data.google_project.this.number}-\")"
  }
}

resource "google_project_iam_member" "build_writes_logs" {
  project = var.project_id
  role    = "roles/logging.logWriter"
  member  = google_service_account.build.member
}

# A role takes a while to be in force everywhere. A build or a revision that starts right after its roles were given is
# refused about every second time.
resource "time_sleep" "roles_in_force" {
  create_duration = "60s"

  # New accounts wait again.
  triggers = merge(
    { build = google_service_account.build.unique_id },
    { for key, account in google_service_account.function : key => account.unique_id },
  )

  depends_on = [
    google_artifact_registry_repository_iam_member.build_writes_images,
    google_project_iam_member.build_uses_staging_bucket,
    google_project_iam_member.build_writes_logs,
    google_project_service_identity.agent,
    google_secret_manager_secret_iam_member.fetch_reads_key,
    google_storage_bucket_iam_member.build_reads_source,
  ]
}
