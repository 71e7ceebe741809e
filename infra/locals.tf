locals {
  # Role, metric and table ids take no hyphen.
  id = replace(var.name, "-", "_")

  # As the functions derive it: prefix a/ticks has its ledger at a/_ledger.
  ledger_prefix = join("/", concat(slice(split("/", var.bucket_prefix), 0, length(split("/", var.bucket_prefix)) - 1), ["_ledger"]))

  # The Iceberg tables, likewise: a/_iceberg.
  tables_prefix = join("/", concat(slice(split("/", var.bucket_prefix), 0, length(split("/", var.bucket_prefix)) - 1), ["_iceberg"]))

  # What a function is stopped at. Pub/Sub waits 600 s for it, and a batch hands on its rest at deadline_seconds.
  timeout_seconds = 540

  functions = {
    schedule = {
      description    = "Turns a request into venue-days"
      memory_mb      = var.schedule_memory_mb
      environment    = { MEMORY_LIMIT_MB = tostring(var.schedule_memory_mb) }
      cpu            = 1
      max_instances  = 2
      tardis_api_key = false
    }
    fetch = {
      description    = "Plans a venue-day, and works on its batches"
      memory_mb      = var.fetch_memory_mb
      environment    = { MEMORY_LIMIT_MB = tostring(var.fetch_memory_mb) }
      cpu            = var.fetch_cpu
      max_instances  = var.fetch_max_instances
      tardis_api_key = var.tardis_api_key_version != ""
    }
    aggregate = {
      description    = "Folds plan and receipts into a venue-day's manifest, and refreshes the tables"
      memory_mb      = var.aggregate_memory_mb
      environment    = { MEMORY_LIMIT_MB = tostring(var.aggregate_memory_mb) }
      cpu            = 1
      max_instances  = var.aggregate_max_instances
      tardis_api_key = false
    }
  }

  # Each kind of message has a topic of its own, which feeds one function.
  topics = {
    schedule  = { topic = var.schedule_topic, function = "schedule" }
    fetch     = { topic = var.venue_days_topic, function = "fetch" }
    aggregate = { topic = var.completions_topic, function = "aggregate" }
    tables    = { topic = var.tables_topic, function = "aggregate" }
  }

  # What the functions read (functions/runtime/config/config.ts), all of it but the secret TARDIS_API_KEY, the per-function
  # MEMORY_LIMIT_MB, and GCS_API_ENDPOINT, which is an emulator's.
  environment = {
    VENUES                   = join(",", var.venues)
    DATA_TYPES               = join(",", var.data_types)
    LOOKBACK_DAYS            = tostring(var.lookback_days)
    MAX_VENUE_DAYS           = tostring(var.max_venue_days)
    BATCH_SIZE               = tostring(var.batch_size)
    BATCH_MAX_BYTES          = tostring(var.batch_max_bytes)
    DOWNLOAD_MAX_WORKERS     = tostring(var.download_max_workers)
    DOWNLOAD_MAX_CONNECTIONS = tostring(var.download_max_connections)
    MEMORY_EFFICIENT         = tostring(var.memory_efficient)
    MEMORY_THRESHOLD         = tostring(var.memory_threshold)
    DEADLINE_SECONDS         = tostring(var.deadline_seconds)
    TARDIS_API_URL           = var.tardis_api_url
    TARDIS_DATASETS_URL      = var.tardis_datasets_url
    GCS_BUCKET               = google_storage_bucket.data.name
    GCS_PREFIX               = var.bucket_prefix
    GCS_RETENTION_DAYS       = tostring(var.object_retention_days)
    GCS_RETENTION_MODE       = var.object_retention_mode
    GCS_USER_PROJECT         = var.requester_pays ? var.project_id : ""
    VENUE_DAYS_TOPIC         = var.venue_days_topic
    COMPLETIONS_TOPIC        = var.completions_topic
    SCHEDULE_TOPIC           = var.schedule_topic
    TABLES_TOPIC             = var.tables_topic
    LOG_LEVEL                = var.log_level

    # Limits of the account. Instances count bytes together; requests are divided, because they cannot be counted together.
    TARDIS_DAILY_BYTES             = var.tardis_daily_bytes == null ? "" : tostring(var.tardis_daily_bytes)
    TARDIS_MAX_REQUESTS_PER_SECOND = var.tardis_max_requests_per_second == null ? "" : format("%.6f", var.tardis_max_requests_per_second / var.fetch_max_instances)

    # Without the project, log entries and traces would not name theirs.
    GOOGLE_CLOUD_UNIVERSE_DOMAIN = var.universe_domain
    GOOGLE_CLOUD_PROJECT         = var.project_id

    # Node's own: a smaller young generation: 25 MiB less at rest, for some percent of CPU. The builder adds a heap limit.
    NODE_OPTIONS = "--max-semi-space-size=2"

    # The C library's: one arena for all threads, and buffers from 128 KiB on go back to the system when they are freed:
    # 20 MiB less at the peak of a long file. https://man7.org/linux/man-pages/man3/mallopt.3.html
    MALLOC_ARENA_MAX       = "1"
    MALLOC_MMAP_THRESHOLD_ = "131072"
  }

  pubsub_agent = google_project_service_identity.agent["pubsub.googleapis.com"].member
}
