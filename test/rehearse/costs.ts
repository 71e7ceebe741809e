/**
 * What each step costs, as of 2026-11-28. Where a command measured a figure, it is named. What only Google or the vendor can
 * tell is assumed, and `measure` says where an installation shows its own figure.
 */
export interface Cost {
  readonly value: number
  readonly unit: string
  /** The command that printed the figure; absent where it is assumed. */
  readonly measuredBy?: string
  /** For an assumed figure: why this one, and where to read the real one. */
  readonly assumed?: string
}

const LATENCY = 'within a region; the log of a deployed function has the real one (LOG_LEVEL=debug)'

export const COSTS = {
  convertBytesPerCpuSecond: {
    value: 20_000_000,
    unit: 'compressed bytes for each CPU second',
    measuredBy: 'npm run bench -- --one-core (the slowest of trades, quotes, book_snapshot_5)',
  },
  itemCpuMs: { value: 7.5, unit: 'CPU ms for each item', measuredBy: 'npm run bench:memory (2,000 small files)' },
  coldStartMs: { value: 960, unit: 'ms', measuredBy: 'npm run bench:cold-start (fetch)' },
  deliveryCpuMs: {
    value: 4,
    unit: 'CPU ms for each delivery',
    measuredBy: 'npm run bench:backfill (schedule, a request)',
  },
  vendorResponseMs: {
    value: 150,
    unit: 'ms until the first byte',
    assumed:
      'as for a server on the same continent; `curl -w %{time_starttransfer}` on a free first day of a month shows it',
  },
  downloadBytesPerSecond: {
    value: 40_000_000,
    unit: 'bytes a second for each connection',
    assumed: 'one stream into Cloud Run; `curl -w %{speed_download}` from Cloud Shell shows it',
  },
  bucketReadMs: { value: 30, unit: 'ms for a stat, read or list', assumed: LATENCY },
  bucketWriteMs: { value: 80, unit: 'ms for a write of a small object', assumed: LATENCY },
  bucketUploadMs: { value: 150, unit: 'ms from the last byte to the commit of an upload', assumed: LATENCY },
  bucketRetryMs: { value: 1_000, unit: 'ms until the bucket client has repeated a failed request', assumed: LATENCY },
  publishMs: { value: 25, unit: 'ms for a publish request of up to 100 messages', assumed: LATENCY },
  busyAnswerMs: {
    value: 10_000,
    unit: 'ms that a push waits for an instance before 429',
    assumed: 'https://cloud.google.com/run/docs/troubleshooting',
  },
  parquetShare: {
    value: 0.65,
    unit: 'Parquet bytes for each source byte',
    measuredBy: 'npm run bench (output MB / gzip MB)',
  },
} as const satisfies Record<string, Cost>

/** USD, as in the price table of infra/README.md. */
export const PRICES = {
  cpuSecond: 0.000024,
  gibSecond: 0.0000025,
  millionRequests: 0.4,
  storageGbMonth: 0.02,
  thousandClassA: 0.005,
  thousandClassB: 0.0004,
  pubsubTiB: 40,
  /** Pub/Sub bills at least this much for each message, once in and once out. */
  pubsubMinBytes: 1_000,
  /** An assumption: the rate of the day is at https://www.ecb.europa.eu */
  eurosPerDollar: 0.92,
} as const
