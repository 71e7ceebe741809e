import type { Planted } from './planted.ts'

const ALERTS = 'every alert names its channels and says what to do first'

/** Faults in the alerts. */
export const PLANTED_ALERTS: readonly Planted[] = [
  {
    what: 'an alert gone',
    file: 'alerts-metrics.tf',
    from: '"google_monitoring_alert_policy" "dead_letters"',
    to: '"google_monitoring_alert_policy" "dead"',
    broken: ALERTS,
  },
  {
    what: 'no alert on the age of messages',
    file: 'alerts-metrics.tf',
    from: '"google_monitoring_alert_policy" "backlog"',
    to: '"google_monitoring_alert_policy" "log_backlog"',
    broken: ALERTS,
  },
  {
    what: 'no alert on refused data',
    file: 'alerts.tf',
    from: '    forbidden = {',
    to: '    unheard = {',
    broken: ALERTS,
  },
  {
    what: 'no alert on a refused key',
    file: 'alerts.tf',
    from: '    key = {',
    to: '    unheard = {',
    broken: ALERTS,
  },
  {
    what: 'no alert on a backfill that stays open',
    file: 'alerts.tf',
    from: '    request = {',
    to: '    unheard = {',
    broken: ALERTS,
  },
  {
    what: 'an alert without a first step',
    file: 'alerts-metrics.tf',
    from: '1. `gcloud logging read \'jsonPayload.event="delivery_failed"\'',
    to: '`gcloud logging read \'jsonPayload.event="delivery_failed"\'',
    broken: ALERTS,
  },
  {
    what: 'an alert on log lines without a first step',
    file: 'alerts.tf',
    from: "1. See in the function's log",
    to: "See in the function's log",
    broken: ALERTS,
  },
]
