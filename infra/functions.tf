# Images of the functions, in a repository of our own so that old ones are deleted.
resource "google_artifact_registry_repository" "images" {
  location      = var.region
  repository_id = "${var.name}-functions"
  description   = "Images of the tick handler's functions"
  format        = "DOCKER"

  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      older_than = "30d"
    }
  }

  cleanup_policies {
    id     = "keep-recent"
    action = "KEEP"
    most_recent_versions {
      keep_count = 5
    }
  }

  depends_on = [google_project_service.required]
}

resource "google_cloudfunctions2_function" "this" {
  for_each = local.functions

  name        = "${var.name}-${each.key}"
  location    = var.region
  description = each.value.description

  build_config {
    runtime           = "nodejs24"
    entry_point       = each.key
    service_account   = google_service_account.build.id
    docker_repository = google_artifact_registry_repository.images.id

    source {
      storage_source {
        bucket = google_storage_bucket.source.name
        object = google_storage_bucket_object.source.name
      }
    }

    # Security patches of the runtime without a deployment.
    automatic_update_policy {}
  }

  service_config {
    service_account_email = google_service_account.function[each.key].email

    # Pub/Sub pushes of this project to the run.app address count as internal; nothing else gets through, and what gets
    # through needs the push account's token.
    ingress_settings               = "ALLOW_INTERNAL_ONLY"
    all_traffic_on_latest_revision = true

    available_memory                 = "${each.value.memory_mb}Mi"
    available_cpu                    = tostring(each.value.cpu)
    max_instance_request_concurrency = 1
    max_instance_count               = each.value.max_instances
    min_instance_count               = 0
    timeout_seconds                  = local.timeout_seconds

    environment_variables = merge(local.environment, each.value.environment)

    dynamic "secret_environment_variables" {
      for_each = each.value.tardis_api_key ? [var.tardis_api_key_version] : []
      content {
        key        = "TARDIS_API_KEY"
        project_id = var.project_id
        secret     = google_secret_manager_secret.tardis_api_key.secret_id
        version    = secret_environment_variables.value
      }
    }
  }

  depends_on = [time_sleep.roles_in_force]
}
