locals {
  services_pattern      = join("|", values(local.service_names))
  subscriptions_pattern = join("|", [for subscription in google_pubsub_subscription.push : subscription.name])
  dead_letters_pattern  = join("|", [for subscription in google_pubsub_subscription.dead_letter : subscription.name])

  # PromQL, because it can sum what a distribution holds. Cloud Monitoring's names, with the first "/" as ":" and other
  # characters as "_".
  log_metric = "logging_googleapis_com:user_${local.id}"

  charts = [
    {
      title = "Rows written a minute"
      query = "sum(rate(${local.log_metric}_batch_rows_sum{monitored_resource=\"cloud_run_revision\"}[$${__interval}])) * 60"
    },
    {
      title = "Bytes a second: downloaded, written"
      query = "label_replace(sum(rate(${local.log_metric}_batch_downloaded_bytes_sum{monitored_resource=\"cloud_run_revision\"}[$${__interval}])), \"bytes\", \"downloaded\", \"\", \"\") or label_replace(sum(rate(${local.log_metric}_batch_object_bytes_sum{monitored_resource=\"cloud_run_revision\"}[$${__interval}])), \"bytes\", \"written\", \"\", \"\")"
    },
    {
      title = "Items: stored, failed"
      query = "label_replace(sum(increase(${local.log_metric}_batch_items_stored_sum{monitored_resource=\"cloud_run_revision\"}[$${__interval}])), \"items\", \"stored\", \"\", \"\") or label_replace(sum(increase(${local.log_metric}_batch_items_failed_sum{monitored_resource=\"cloud_run_revision\"}[$${__interval}])), \"items\", \"failed\", \"\", \"\")"
    },
    {
      title = "Items that failed for good, by venue"
      query = "sum by (venue) (increase(${local.log_metric}_items_failed_for_good{monitored_resource=\"cloud_run_revision\"}[$${__interval}]))"
    },
    {
      title = "Manifests written, by status"
      query = "sum by (status) (increase(${local.log_metric}_manifests{monitored_resource=\"cloud_run_revision\"}[$${__interval}]))"
    },
    {
      title = "Venue-days past their time, by venue"
      query = "sum by (venue) (increase(${local.log_metric}_venue_days_overdue{monitored_resource=\"cloud_run_revision\"}[$${__interval}]))"
    },
    {
      title = "Open backfills, at each scheduled run"
      query = "sum(increase(${local.log_metric}_requests_open{monitored_resource=\"cloud_run_revision\"}[$${__interval}]))"
    },
    {
      title = "Vendor not asked: quota, key, no response"
      query = "sum by (event) (increase(${local.log_metric}_vendor_blocks{monitored_resource=\"cloud_run_revision\"}[$${__interval}]))"
    },
    {
      title = "Messages waiting"
      query = "sum by (subscription_id) (pubsub_googleapis_com:subscription_num_undelivered_messages{monitored_resource=\"pubsub_subscription\",subscription_id=~\"${local.subscriptions_pattern}\"})"
    },
    {
      title = "Age of the oldest waiting message, seconds"
      query = "max by (subscription_id) (pubsub_googleapis_com:subscription_oldest_unacked_message_age{monitored_resource=\"pubsub_subscription\",subscription_id=~\"${local.subscriptions_pattern}\"})"
    },
    {
      title = "Pushes a minute, by answer"
      query = "sum by (subscription_id, response_class) (rate(pubsub_googleapis_com:subscription_push_request_count{monitored_resource=\"pubsub_subscription\",subscription_id=~\"${local.subscriptions_pattern}\"}[$${__interval}])) * 60"
    },
    {
      title = "Dead letters"
      query = "sum by (subscription_id) (pubsub_googleapis_com:subscription_num_undelivered_messages{monitored_resource=\"pubsub_subscription\",subscription_id=~\"${local.dead_letters_pattern}\"})"
    },
    {
      title = "Memory used, share of the limit (99th percentile)"
      query = "histogram_quantile(0.99, sum by (service_name, le) (rate(run_googleapis_com:container_memory_utilizations_bucket{monitored_resource=\"cloud_run_revision\",service_name=~\"${local.services_pattern}\"}[$${__interval}])))"
    },
    {
      title = "Peak resident memory of a batch, bytes (99th percentile)"
      query = "histogram_quantile(0.99, sum by (le) (rate(${local.log_metric}_batch_peak_rss_bytes_bucket{monitored_resource=\"cloud_run_revision\"}[$${__interval}])))"
    },
    {
      title = "Seconds of a batch: median, 99th percentile"
      query = "label_replace(histogram_quantile(0.5, sum by (le) (rate(${local.log_metric}_batch_seconds_bucket{monitored_resource=\"cloud_run_revision\"}[$${__interval}]))), \"quantile\", \"0.5\", \"\", \"\") or label_replace(histogram_quantile(0.99, sum by (le) (rate(${local.log_metric}_batch_seconds_bucket{monitored_resource=\"cloud_run_revision\"}[$${__interval}]))), \"quantile\", \"0.99\", \"\", \"\")"
    },
    {
      title = "Instances"
      query = "sum by (service_name, state) (run_googleapis_com:container_instance_count{monitored_resource=\"cloud_run_revision\",service_name=~\"${local.services_pattern}\"})"
    },
    {
      title = "Billable instance seconds a second"
      query = "sum by (service_name) (rate(run_googleapis_com:container_billable_instance_time{monitored_resource=\"cloud_run_revision\",service_name=~\"${local.services_pattern}\"}[$${__interval}]))"
    },
    {
      title = "Failed deliveries, rejected messages, leak verdicts, stops for memory"
      query = "label_replace(sum(increase(${local.log_metric}_deliveries_failed{monitored_resource=\"cloud_run_revision\"}[$${__interval}])), \"what\", \"delivery failed\", \"\", \"\") or label_replace(sum(increase(${local.log_metric}_messages_rejected{monitored_resource=\"cloud_run_revision\"}[$${__interval}])), \"what\", \"rejected\", \"\", \"\") or label_replace(sum(increase(${local.log_metric}_leak_verdicts{monitored_resource=\"cloud_run_revision\"}[$${__interval}])), \"what\", \"leak\", \"\", \"\") or label_replace(sum(increase(${local.log_metric}_out_of_memory{monitored_resource=\"cloud_run_revision\"}[$${__interval}])), \"what\", \"out of memory\", \"\", \"\")"
    },
  ]
}

resource "google_monitoring_dashboard" "this" {
  dashboard_json = jsonencode({
    displayName = "Tick handler (${var.name})"
    gridLayout = {
      columns = "3"
      widgets = [for chart in local.charts : {
        title = chart.title
        xyChart = {
          dataSets = [{
            plotType        = "LINE"
            timeSeriesQuery = { prometheusQuery = chart.query }
          }]
        }
      }]
    }
  })

  depends_on = [google_logging_metric.batch, google_logging_metric.counter]
}
