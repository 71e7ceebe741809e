# Parquet and ledger: the only thing that remembers anything.
resource "google_storage_bucket" "data" {
  name     = var.bucket_name
  location = coalesce(var.bucket_location, var.region)

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  # A destroy must not take the data along: empty the bucket first, on purpose.
  force_destroy = false

  # Lets fetch set a retention time on each Parquet object. A retention policy of the whole bucket would be wrong: plans,
  # receipts and manifests are replaced all the time.
  enable_object_retention = var.object_retention_days > 0 ? true : null

  # Who reads names a project that pays. The functions name their own.
  requester_pays = var.requester_pays

  dynamic "encryption" {
    for_each = var.bucket_kms_key_name == null ? [] : [var.bucket_kms_key_name]
    content {
      default_kms_key_name = encryption.value
    }
  }

  # Whoever deletes or overwrites by mistake has this long to restore. It bills what was overwritten for as long; here
  # that is little: data objects are written once (again only by force), ledger documents are small.
  soft_delete_policy {
    retention_duration_seconds = var.soft_delete_days * 86400
  }

  # Off on purpose: every write is fenced by a generation precondition, which needs no old versions, and soft delete
  # already covers mistakes. Both together would bill each overwritten ledger document twice and keep it for ever.
  versioning {
    enabled = false
  }

  # Multipart uploads whose writer died are invisible and billed until somebody aborts them. (Resumable uploads, which
  # the functions use, expire by themselves after a week and are not billed.)
  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 1
    }
  }

  # Only the data: the ledger is read and replaced all the time, which colder classes charge for.
  dynamic "lifecycle_rule" {
    for_each = var.coldline_after_days > 0 ? [var.coldline_after_days] : []
    content {
      action {
        type          = "SetStorageClass"
        storage_class = "COLDLINE"
      }
      condition {
        age                   = lifecycle_rule.value
        matches_prefix        = ["${var.bucket_prefix}/"]
        matches_storage_class = ["STANDARD"]
      }
    }
  }

  depends_on = [google_project_service.required]
}

# The functions' source. Separate, so that no function can change what it will run next.
resource "google_storage_bucket" "source" {
  name     = "${var.bucket_name}-source"
  location = var.region

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  # Can be built again from the repository at any time.
  force_destroy = true

  soft_delete_policy {
    retention_duration_seconds = 0
  }

  depends_on = [google_project_service.required]
}

# What infra/package.ts laid out. Fixed modes, sorted names and constant times make the same files the same archive.
# Terraform reads data also to destroy, where nothing was built: without the folder there is no archive to read.
data "archive_file" "source" {
  count = fileexists("${path.module}/.artefact/package.json") ? 1 : 0

  type             = "zip"
  source_dir       = "${path.module}/.artefact"
  output_path      = "${path.module}/.artefact.zip"
  output_file_mode = "0644"
}

# Named by its content: the functions are deployed again only when it changed.
resource "google_storage_bucket_object" "source" {
  bucket         = google_storage_bucket.source.name
  name           = "source-${try(data.archive_file.source[0].output_sha256, "absent")}.zip"
  source         = "${path.module}/.artefact.zip"
  source_md5hash = one(data.archive_file.source[*].output_md5)
  content_type   = "application/zip"

  lifecycle {
    create_before_destroy = true

    precondition {
      condition     = length(data.archive_file.source) == 1
      error_message = "infra/.artefact holds no package.json, expected the files to deploy. Run: npm run build && node infra/package.ts"
    }
  }
}
