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

}

variable "tables_topic" {
  description = "Topic of requests to refresh the Iceberg tables. TABLES_TOPIC of the functions."
  type        = string
  default     = "tick-tables"

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9._~%+-]{2,240}$", var.tables_topic)) && !startswith(var.tables_topic, "goog")
    error_message = "tables_topic is a topic's name (3 to 241 characters), without projects/…/topics/."
  }

  validation {
    condition     = length(distinct([var.schedule_topic, var.venue_days_topic, var.completions_topic, var.tables_topic])) == 4
    error_message = "schedule_topic, venue_days_topic, completions_topic and tables_topic are four topics: each function would reject the others' messages."
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

variable "request_alert_days" {
  description = "Days after which a request for given days that is not complete raises an alert."
  type        = number
  default     = 14

  validation {
    condition     = var.request_alert_days >= 1 && floor(var.request_alert_days) == var.request_alert_days
    error_message = "request_alert_days is a whole number, 1 or more."
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

variable "bigquery_iceberg_versions" {
  description = "Iceberg tables to query as they are in one version, by data type: { trades = 12 }. tick-handler table status prints the versions; a later apply takes a later one."
  type        = map(number)
  default     = {}

  validation {
    condition     = alltrue([for version in values(var.bigquery_iceberg_versions) : version >= 1 && floor(version) == version])
    error_message = "bigquery_iceberg_versions are whole numbers from 1 on, as tick-handler table status prints them."
  }
}
