# The secret only; its value never passes through Terraform, its plan or its state:
#   printf %s "$TARDIS_API_KEY" | gcloud secrets versions add SECRET --data-file=-
resource "google_secret_manager_secret" "tardis_api_key" {
  secret_id = "${var.name}-tardis-api-key"

  replication {
    auto {}
  }

  depends_on = [google_project_service.required]
}
