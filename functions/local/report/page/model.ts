/** What the page of `report` is drawn from. It is written into the page as JSON. Days count from `firstDay`. */
export interface ReportData {
  /** The folder, or `gs://NAME`. */
  readonly where: string
  readonly prefix: string
  /** ISO 8601 in UTC. */
  readonly madeAt: string
  readonly firstDay: string
  readonly days: number
  readonly dataTypes: readonly string[]
  /** In order of name. */
  readonly venues: readonly VenueRow[]
  readonly series: readonly Series[]
  readonly incidents: readonly IncidentRow[]
  /** The worst first. */
  readonly dayFindings: readonly DayFinding[]
  readonly items: readonly ItemRow[]
  /** How many more there are than the page holds. */
  readonly omitted: { readonly dayFindings: number; readonly items: number; readonly incidents: number }
  /** What could not be read, one line each. */
  readonly notes: readonly string[]
}

/** One letter per day: */
export const CONDITION_LETTERS = {
  available: 'a',
  degraded: 'd',
  missing: 'm',
  pending: 'p',
  /** Recorded by a release that did not judge it. */
  unknown: 'u',
  /** No manifest. */
  absent: '-',
  unreadable: '?',
  /** Outside the range of the venue, or nothing requested. */
  none: ' ',
} as const

export interface VenueRow {
  readonly venue: string
  /** CONDITION_LETTERS, one per day. */
  readonly condition: string
  /** Of the batches, from their receipts; 0 where there is no receipt. Three digits are kept of each figure. */
  readonly workSeconds: readonly number[]
  readonly downloadedBytes: readonly number[]
  readonly peakMemoryBytes: readonly number[]
}

/** A venue's items of one data type. Each list has one value per day; three digits are kept of bytes, rows and times. */
export interface Series {
  readonly venue: number
  readonly dataType: number
  readonly condition: string
  readonly items: readonly number[]
  /** Items that are not stored, empty or known to be missing. */
  readonly open: readonly number[]
  readonly rows: readonly number[]
  readonly bytes: readonly number[]
  /** Median of the items' medians, weighted by rows, and the highest 99th percentile; null where unknown. */
  readonly latencyMedianMs: readonly (number | null)[]
  readonly latencyP99Ms: readonly (number | null)[]
}

export interface IncidentRow {
  readonly venue: number
  /** Milliseconds since 1970 UTC. */
  readonly fromMs: number
  /** Absent while it goes on. */
  readonly toMs?: number
  readonly status: string
  readonly details: string
}

/** A reason with all items of a venue-day that have it. */
export interface DayFinding {
  readonly venue: number
  readonly day: number
  readonly reason: string
  readonly items: number
  readonly score: number
  /** What the worst item has. */
  readonly worst: string
}

export interface ItemRow {
  readonly venue: number
  readonly day: number
  readonly dataType: number
  readonly symbol: string
  readonly status: string
  readonly condition: string
  readonly score: number
  readonly findings: readonly { readonly reason: string; readonly text: string }[]
  readonly rows?: number
  readonly bytes?: number
  /** Milliseconds since the day began: first and last row. */
  readonly span?: readonly [number, number]
  readonly gaps?: readonly GapSpan[]
  /** In milliseconds: min, median, 99th percentile, max. */
  readonly latencyMs?: readonly [number, number, number, number]
  /** True where not all checks were made when it was converted: the others are unknown. */
  readonly isPartlyChecked?: true
  /** Counts of the checks that are not zero, by name. */
  readonly checks?: Readonly<Record<string, number>>
}

/** Since the day began, and how long, in milliseconds; whether an incident explains it. */
export type GapSpan = readonly [startMs: number, ms: number, isInIncident: boolean]
