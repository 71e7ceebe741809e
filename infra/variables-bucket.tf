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
