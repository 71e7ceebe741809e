# Where

variable "project_id" {
  description = "The Google Cloud project everything is created in."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id is a project's id (6 to 30 lower-case letters, digits and hyphens), not its name or number."
  }
}

variable "region" {
  description = "The region of functions, scheduler, source bucket and, by default, the data bucket (same region: no transfer fees)."
  type        = string
  default     = "europe-west1"

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region looks like europe-west1."
  }
}

variable "name" {
  description = "What the names of functions, service accounts, metrics and alerts begin with. Two installations in one project need two names, and topics of their own."
  type        = string
  default     = "tick"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,14}[a-z0-9]$", var.name))
    error_message = "name is 3 to 16 lower-case letters, digits and hyphens, beginning with a letter (service account ids end at 30 characters)."
  }
}

variable "universe_domain" {
  description = "The domain of the cloud's APIs: googleapis.com, or that of a partner's cloud with the same APIs. GOOGLE_CLOUD_UNIVERSE_DOMAIN of the functions."
  type        = string
  default     = "googleapis.com"

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,63}$", var.universe_domain))
    error_message = "universe_domain is a domain such as googleapis.com."
  }
}

# The bucket

variable "bucket_name" {
  description = "The data bucket to create, globally unique. GCS_BUCKET of the functions."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "bucket_name is 3 to 63 lower-case letters, digits, hyphens and underscores, without dots."
  }
}

variable "bucket_location" {
  description = "Where the data bucket lies: a region, dual- or multi-region. Null means var.region, the cheapest to write to and read from."
  type        = string
  default     = null
}

variable "bucket_prefix" {
  description = "Where Parquet objects go in the bucket; the ledger is under _ledger/ beside it. GCS_PREFIX of the functions."
  type        = string
  default     = "ticks"

  validation {
    condition     = can(regex("^[A-Za-z0-9._=-]+(/[A-Za-z0-9._=-]+)*$", var.bucket_prefix)) && !anytrue([for part in split("/", lower(var.bucket_prefix)) : contains([".", "..", ".well-known", ".tick-handler", "_ledger", "_iceberg"], part)])
    error_message = "bucket_prefix is one or more names joined by '/', without a slash at either end. None of them is reserved (_ledger, _iceberg, .tick-handler, .well-known)."
  }
}

variable "soft_delete_days" {
  description = "Days for which deleted and overwritten objects can be restored (billed as stored meanwhile): 7 to 90, or 0 for none."
  type        = number
  default     = 7

  validation {
    condition     = var.soft_delete_days == 0 || (var.soft_delete_days >= 7 && var.soft_delete_days <= 90)
    error_message = "soft_delete_days is 0, or 7 to 90 (Cloud Storage takes nothing between)."
  }
}

variable "coldline_after_days" {
  description = "Age in days at which Parquet objects move to Coldline (cheaper to keep, dearer to read, 90 days at least); 0 keeps them in Standard."
  type        = number
  default     = 0

  validation {
    condition     = var.coldline_after_days >= 0 && floor(var.coldline_after_days) == var.coldline_after_days
    error_message = "coldline_after_days is a whole number of days, 0 or more."
  }
}

variable "object_retention_days" {
  description = "Days for which nobody can replace or delete a Parquet object, counted from its upload; 0 for none. Only a new bucket can have it: set it before the first apply. GCS_RETENTION_DAYS of the functions."
  type        = number
  default     = 0

  validation {
    condition     = var.object_retention_days >= 0 && var.object_retention_days <= 36500 && floor(var.object_retention_days) == var.object_retention_days
    error_message = "object_retention_days is a whole number of days, 0 to 36500."
  }
}

variable "object_retention_mode" {
  description = "Unlocked: who may override retention can still shorten it. Locked: nobody can, Google included. GCS_RETENTION_MODE of the functions."
  type        = string
  default     = "Unlocked"

  validation {
    condition     = contains(["Unlocked", "Locked"], var.object_retention_mode)
    error_message = "object_retention_mode is Unlocked or Locked."
  }
}

variable "bucket_kms_key_name" {
  description = "Cloud KMS key that encrypts the data bucket's objects, as projects/…/locations/…/keyRings/…/cryptoKeys/…, in the bucket's location. Null means Google's own keys. The Cloud Storage service agent needs the key first (README)."
  type        = string
  default     = null

  validation {
    condition     = var.bucket_kms_key_name == null || can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.bucket_kms_key_name))
    error_message = "bucket_kms_key_name looks like projects/P/locations/L/keyRings/R/cryptoKeys/K, without a version."
  }
}

variable "requester_pays" {
  description = "True bills requests and downloads to the project of whoever reads the data bucket. The functions name this project. GCS_USER_PROJECT of the functions."
  type        = bool
  default     = false
}

# What to fetch

variable "venues" {
  description = "Tardis exchange ids that a request without venues means (the scheduled one among them). VENUES of the functions."
  type        = list(string)

  validation {
    condition     = length(var.venues) > 0 && alltrue([for venue in var.venues : can(regex("^[a-z0-9-]+$", venue))])
    error_message = "venues names at least one Tardis exchange id, such as binance-futures."
  }
}

variable "data_types" {
  description = "What to fetch where a venue has it. DATA_TYPES of the functions."
  type        = list(string)
  default     = ["trades", "book_snapshot_5", "derivative_ticker", "liquidations", "options_chain"]

  validation {
    condition     = length(var.data_types) > 0 && alltrue([for type in var.data_types : can(regex("^[A-Za-z0-9_]+$", type))])
    error_message = "data_types names at least one of the vendor's data types, such as trades."
  }
}

variable "lookback_days" {
  description = "How far back a request without dates looks. LOOKBACK_DAYS of the functions."
  type        = number
  default     = 7

  validation {
    condition     = var.lookback_days >= 1 && floor(var.lookback_days) == var.lookback_days
    error_message = "lookback_days is a whole number, 1 or more."
  }
}

variable "max_venue_days" {
  description = "Most venue-days in one request: a mistyped year is refused. MAX_VENUE_DAYS of the functions."
  type        = number
  default     = 100000

  validation {
    condition     = var.max_venue_days >= 1 && var.max_venue_days <= 10000000 && floor(var.max_venue_days) == var.max_venue_days
    error_message = "max_venue_days is a whole number from 1 to 10000000."
  }
}

variable "schedule_cron" {
  description = "When the scheduled request is published, as cron in UTC, at least every 23 hours. The vendor exports a day around 06:00 UTC of the next; later runs heal what the first did not get."
  type        = string
  default     = "30 7,13,19 * * *"

  validation {
    condition     = length(split(" ", var.schedule_cron)) == 5
    error_message = "schedule_cron has five fields, such as '30 7,13,19 * * *'."
  }
}

variable "schedule_paused" {
  description = "Stops the scheduled requests; requests by hand still work."
  type        = bool
  default     = false
}

variable "tardis_api_key_version" {
  description = "Version of the Tardis key's secret that fetch gets: a number, or latest. Empty means no key, which fetches the first day of each month only."
  type        = string
  default     = "latest"

  validation {
    condition     = can(regex("^(latest|[1-9][0-9]*|)$", var.tardis_api_key_version))
    error_message = "tardis_api_key_version is latest, a version number, or empty."
  }
}

variable "tardis_api_url" {
  description = "The vendor's API. TARDIS_API_URL of the functions."
  type        = string
  default     = "https://api.tardis.dev/v1"

  validation {
    condition     = startswith(var.tardis_api_url, "https://")
    error_message = "tardis_api_url begins with https://: the key travels with the requests."
  }
}

variable "tardis_datasets_url" {
  description = "The vendor's datasets. TARDIS_DATASETS_URL of the functions."
  type        = string
  default     = "https://datasets.tardis.dev/v1"

  validation {
    condition     = startswith(var.tardis_datasets_url, "https://")
    error_message = "tardis_datasets_url begins with https://: the key travels with the requests."
  }
}

# How the functions work

variable "batch_size" {
  description = "Most items in a batch. BATCH_SIZE of the functions."
  type        = number
  default     = 500

  validation {
    condition     = var.batch_size >= 1 && floor(var.batch_size) == var.batch_size
    error_message = "batch_size is a whole number, 1 or more."
  }
}

variable "batch_max_bytes" {
  description = "Estimated source bytes at which a batch is cut earlier. BATCH_MAX_BYTES of the functions."
  type        = number
  default     = 2147483648

  validation {
    condition     = var.batch_max_bytes >= 1 && floor(var.batch_max_bytes) == var.batch_max_bytes
    error_message = "batch_max_bytes is a whole number of bytes, 1 or more."
  }
}

variable "download_max_workers" {
  description = "Items of a batch worked on at once. DOWNLOAD_MAX_WORKERS of the functions."
  type        = number
  default     = 2

  validation {
    condition     = var.download_max_workers >= 1 && floor(var.download_max_workers) == var.download_max_workers
    error_message = "download_max_workers is a whole number, 1 or more."
  }
}

variable "memory_efficient" {
  description = "Small row groups and buffers; false trades memory for speed (give fetch more memory then). MEMORY_EFFICIENT of the functions."
  type        = bool
  default     = true
}

variable "memory_threshold" {
  description = "Share of a function's memory above which no further item starts. MEMORY_THRESHOLD of the functions."
  type        = number
  default     = 0.75

  validation {
    condition     = var.memory_threshold > 0 && var.memory_threshold <= 1
    error_message = "memory_threshold is more than 0 and at most 1."
  }
}

variable "deadline_seconds" {
  description = "When a batch stops taking on items and hands on the rest. DEADLINE_SECONDS of the functions; they are stopped at 540 s."
  type        = number
  default     = 500

  validation {
    condition     = var.deadline_seconds >= 10 && var.deadline_seconds <= 510
    error_message = "deadline_seconds is 10 to 510: the function is stopped at 540 s, and the receipt has to be written before."
  }
}

variable "log_level" {
  description = "LOG_LEVEL of the functions. Alerts and metrics stand on lines of level info and above."
  type        = string
  default     = "info"

  validation {
    condition     = contains(["debug", "info"], var.log_level)
    error_message = "log_level is debug or info: with warn or error, metrics and dashboard would have nothing to count."
  }
}

variable "schedule_memory_mb" {
  description = "Memory of the schedule function in MiB."
  type        = number
  default     = 256

  validation {
    condition     = var.schedule_memory_mb >= 256 && floor(var.schedule_memory_mb) == var.schedule_memory_mb
    error_message = "schedule_memory_mb is a whole number of MiB, 256 or more."
  }
}

variable "fetch_memory_mb" {
  description = "Memory of the fetch function in MiB: its fixed allocation."
  type        = number
  default     = 256

  validation {
    condition     = var.fetch_memory_mb >= 256 && var.fetch_memory_mb <= 4096 && floor(var.fetch_memory_mb) == var.fetch_memory_mb
    error_message = "fetch_memory_mb is a whole number of MiB, 256 to 4096."
  }
}

variable "fetch_cpu" {
  description = "CPUs of the fetch function: 1 or 2. Left unset, 256 MiB would come with a sixth of a CPU."
  type        = number
  default     = 1

  validation {
    condition     = contains([1, 2], var.fetch_cpu)
    error_message = "fetch_cpu is 1 or 2."
  }
}

variable "fetch_max_instances" {
  description = "Most fetch instances at once. Each works on one message at a time, so this bounds cost per hour and load on the vendor."
  type        = number
  default     = 10

  validation {
    condition     = var.fetch_max_instances >= 1 && floor(var.fetch_max_instances) == var.fetch_max_instances
    error_message = "fetch_max_instances is a whole number, 1 or more."
  }
}

variable "aggregate_memory_mb" {
  description = "Memory of the aggregate function in MiB; it holds one venue-day's plan, receipts and manifest."
  type        = number
  default     = 512

  validation {
    condition     = var.aggregate_memory_mb >= 256 && floor(var.aggregate_memory_mb) == var.aggregate_memory_mb
    error_message = "aggregate_memory_mb is a whole number of MiB, 256 or more."
  }
}

variable "aggregate_max_instances" {
  description = "Most aggregate instances at once."
  type        = number
  default     = 5

  validation {
    condition     = var.aggregate_max_instances >= 1 && floor(var.aggregate_max_instances) == var.aggregate_max_instances
    error_message = "aggregate_max_instances is a whole number, 1 or more."
  }
}

# Messages

variable "schedule_topic" {
  description = "Topic of schedule requests. SCHEDULE_TOPIC of the functions."
  type        = string
  default     = "tick-schedule"

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9._~%+-]{2,240}$", var.schedule_topic)) && !startswith(var.schedule_topic, "goog")
    error_message = "schedule_topic is a topic's name (3 to 241 characters), without projects/…/topics/."
  }
}

variable "venue_days_topic" {
  description = "Topic of venue-days and their batches. VENUE_DAYS_TOPIC of the functions."
  type        = string
  default     = "tick-venue-days"

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9._~%+-]{2,240}$", var.venue_days_topic)) && !startswith(var.venue_days_topic, "goog")
    error_message = "venue_days_topic is a topic's name (3 to 241 characters), without projects/…/topics/."
  }
}

variable "completions_topic" {
  description = "Topic of completions. COMPLETIONS_TOPIC of the functions."
  type        = string
  default     = "tick-completions"

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9._~%+-]{2,240}$", var.completions_topic)) && !startswith(var.completions_topic, "goog")
    error_message = "completions_topic is a topic's name (3 to 241 characters), without projects/…/topics/."
  }

  validation {
    condition     = length(distinct([var.schedule_topic, var.venue_days_topic, var.completions_topic])) == 3
    error_message = "schedule_topic, venue_days_topic and completions_topic are three topics: each function would reject the others' messages."
  }
}

variable "max_delivery_attempts" {
  description = "Deliveries after which a message goes to its dead-letter topic, 5 to 100. A push that finds every instance busy counts as one, so a low number dead-letters healthy messages of a big backfill."
  type        = number
  default     = 50

  validation {
    condition     = var.max_delivery_attempts >= 5 && var.max_delivery_attempts <= 100
    error_message = "max_delivery_attempts is 5 to 100."
  }
}

# Being told

variable "alert_emails" {
  description = "Addresses that alerts go to. Empty creates the policies without a channel."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+$", address))])
    error_message = "alert_emails are e-mail addresses."
  }
}

variable "backlog_alert_days" {
  description = "Age in days of the oldest waiting message at which an alert is raised. Pub/Sub drops a message after 31 days."
  type        = number
  default     = 3

  validation {
    condition     = var.backlog_alert_days >= 1 && var.backlog_alert_days <= 24
    error_message = "backlog_alert_days is 1 to 24: a week has to be left before Pub/Sub drops the message."
  }
}

variable "memory_alert_share" {
  description = "Share of a function's memory above which an alert is raised."
  type        = number
  default     = 0.9

  validation {
    condition     = var.memory_alert_share > 0 && var.memory_alert_share < 1
    error_message = "memory_alert_share is between 0 and 1."
  }
}

# Querying

variable "bigquery_dataset" {
  description = "Dataset for external tables over Parquet and manifests; empty creates none. Set it once the first objects are there: BigQuery reads the columns from them."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^[A-Za-z0-9_]*$", var.bigquery_dataset))
    error_message = "bigquery_dataset is letters, digits and underscores."
  }
}

variable "bigquery_data_types" {
  description = "Data types that get a table. Null means data_types; a type without any object yet makes BigQuery refuse its table."
  type        = list(string)
  default     = null
}
