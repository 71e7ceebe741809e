terraform {
  required_version = ">= 1.9.0, < 2.0.0"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "7.45.0"
    }
    # For service identities only, which the stable provider does not have.
    google-beta = {
      source  = "hashicorp/google-beta"
      version = "7.45.0"
    }
    archive = {
      source  = "hashicorp/archive"
      version = "2.8.0"
    }
    time = {
      source  = "hashicorp/time"
      version = "0.14.0"
    }
  }

  # The bucket is named at init: terraform init -backend-config="bucket=…"
  backend "gcs" {
    prefix = "market-data-tick-handler"
  }
}

provider "google" {
  project         = var.project_id
  region          = var.region
  universe_domain = var.universe_domain

  default_labels = {
    app = "market-data-tick-handler"
  }
}

provider "google-beta" {
  project         = var.project_id
  region          = var.region
  universe_domain = var.universe_domain
}

data "google_project" "this" {
  project_id = var.project_id
}
