terraform {
  required_version = ">= 1.9.0, < 2.0.0"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "7.45.0"
    }
    archive = {
      source  = "hashicorp/archive"
      version = "2.8.0"
    }
  }

  # The bucket is named at init: terraform init -backend-config="bucket=…"
  backend "gcs" {
    prefix = "market-data-tick-handler"
  }
}

provider "google" {
  project = var.project_id
  region  = var.region

  default_labels = {
    app = "market-data-tick-handler"
  }
}

data "google_project" "this" {
  project_id = var.project_id
}
