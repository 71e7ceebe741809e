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

variable "tables_cron" {
  description = "When the Iceberg tables are refreshed, as cron in UTC. A table keeps its last 100 snapshots, one for each refresh that changed it."
  type        = string
  default     = "50 * * * *"

  validation {
    condition     = length(split(" ", var.tables_cron)) == 5
    error_message = "tables_cron has five fields, such as '50 * * * *'."
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

variable "tardis_max_requests_per_second" {
  description = "Most requests per second to the vendor, of all fetch instances together: each gets its share of fetch_max_instances. Null means no limit. TARDIS_MAX_REQUESTS_PER_SECOND of the functions."
  type        = number
  default     = null

  validation {
    condition     = var.tardis_max_requests_per_second == null ? true : var.tardis_max_requests_per_second > 0 && var.tardis_max_requests_per_second <= 1000
    error_message = "tardis_max_requests_per_second is a number above 0, at most 1000."
  }
}

variable "tardis_daily_bytes" {
  description = "Compressed bytes to receive from the vendor per UTC day, of all instances together; then they wait until 00:00 UTC. Null means no limit. TARDIS_DAILY_BYTES of the functions."
  type        = number
  default     = null

  validation {
    condition     = var.tardis_daily_bytes == null ? true : var.tardis_daily_bytes >= 1 && floor(var.tardis_daily_bytes) == var.tardis_daily_bytes
    error_message = "tardis_daily_bytes is a whole number of bytes, 1 or more."
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
  description = "Items of a batch converted at once. DOWNLOAD_MAX_WORKERS of the functions."
  type        = number
  default     = 2

  validation {
    condition     = var.download_max_workers >= 1 && floor(var.download_max_workers) == var.download_max_workers
    error_message = "download_max_workers is a whole number, 1 or more."
  }
}

variable "download_max_connections" {
  description = "Requests to Tardis open at once, per instance. DOWNLOAD_MAX_CONNECTIONS of the functions."
  type        = number
  default     = 16

  validation {
    condition     = var.download_max_connections >= 1 && var.download_max_connections <= 64 && floor(var.download_max_connections) == var.download_max_connections
    error_message = "download_max_connections is a whole number, 1 to 64."
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
