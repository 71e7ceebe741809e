import assert from 'node:assert/strict'
import type { ProgressView } from '../../../functions/local/progress/progress.ts'
import { renderSummary, type Summary } from '../../../functions/local/report/summary.ts'
import type { VenueDayReport } from '../../../functions/local/report/venue-days.ts'
import { Secret } from '../../../functions/runtime/config/secret.ts'

const RAN: ProgressView = {
  ...{ elapsedMs: 12_100, items: { done: 27, total: 27, estimated: false, settledBefore: 0 }, share: 1 },
  ...{ sourceBytes: 85_300_000, textBytes: 1_100_000_000, rows: 14_300_000, inWork: [] },
  ...{ byStatus: { stored: 25, empty: 2 }, adopted: 3 },
  stored: { files: 24, sourceBytes: 81_000_000, textBytes: 1_000_000_000, rows: 14_000_000 },
}
const IDLE: ProgressView = {
  ...RAN,
  elapsedMs: 90,
  stored: { files: 0, sourceBytes: 0, textBytes: 0, rows: 0 },
  sourceBytes: 0,
  textBytes: 0,
  rows: 0,
  byStatus: {},
  adopted: 0,
  venueDays: { complete: 1, total: 1, alreadyComplete: 1 },
}

const { venueDays: _, ...NOTHING } = IDLE

const day = (date: string, more: Partial<VenueDayReport> = {}): VenueDayReport => ({
  venue: 'binance-futures',
  date,
  status: 'complete',
  counts: { items: 14, stored: 12, empty: 1, missing: 1, forbidden: 0, failed: 0, pending: 0 },
  totals: { rows: 12_345_678, bytes: 123_456_789, sourceBytes: 1, textBytes: 1, seconds: 12 },
  problems: [],
  ...more,
})

const SUMMARY: Summary = {
  reports: [day('2024-08-08')],
  progress: RAN,
  interrupted: false,
  where: { shown: './data', prefix: 'ticks', isBucket: false },
  dataType: 'trades',
}
const KEY = { tardisApiKey: undefined }
const LOOKS = { color: false, unicode: true }

describe('renderSummary', () => {
  it('says what is stored, what was done, where, and how to query it', () => {
    assert.equal(
      renderSummary(SUMMARY, KEY, LOOKS),
      `
  venue            date        status    stored  empty  missing        rows    size  time
  binance-futures  2024-08-08  complete      12      1        1  12,345,678  123 MB  12 s

This run: downloaded 24 files, 85.3 MB of gzip holding 1.1 GB of text, 14,300,000 rows in 12 s; 3 files found stored already.
Parquet:   ./data/ticks/data_type=…/venue=…/date=…/SYMBOL.parquet
Manifests: ./data/_ledger/venue=…/date=…/manifest.json

Query it with DuckDB:
  duckdb -c "SELECT venue, date, symbol, count(*) AS rows, min(local_timestamp) AS first, max(local_timestamp) AS last, min(price) AS low, max(price) AS high FROM read_parquet('./data/ticks/data_type=trades/**/*.parquet', hive_partitioning=true) GROUP BY ALL ORDER BY rows DESC LIMIT 10"
  duckdb -c "SELECT venue, date, status, counts.items AS items, totals.rows AS rows, totals.bytes AS bytes FROM read_json('./data/_ledger/venue=*/date=*/manifest.json', hive_partitioning=false, union_by_name=true, maximum_object_size=1000000000) ORDER BY ALL"
`,
    )
  })

  it('says of a second run that there was nothing to download', () => {
    const text = renderSummary({ ...SUMMARY, progress: IDLE }, KEY, LOOKS)
    assert.match(text, /^This run: everything was complete already, nothing was downloaded\.$/m)
  })

  it('names what the vendor does not have, though the day is complete', () => {
    const missing = [{ dataType: 'trades', symbol: 'NOPE', status: 'missing', error: 'not listed' }] as const
    const text = renderSummary({ ...SUMMARY, reports: [day('2024-08-08', { missing })], progress: NOTHING }, KEY, LOOKS)
    assert.match(text, /^This run: nothing was downloaded \(0\.1 s\)\.$/m)
    assert.match(text, /^Missing at the vendor:\n {2}binance-futures 2024-08-08 trades NOPE: not listed$/m)
  })

  it('tells each kind of trouble apart and what to do about it', () => {
    const counts = { items: 5, stored: 1, empty: 0, missing: 0, forbidden: 2, failed: 1, pending: 1 }
    const problems = [
      { dataType: 'quotes', symbol: 'A', status: 'forbidden', error: 'answered 401' },
      { dataType: 'trades', symbol: 'A', status: 'forbidden', error: 'answered 401' },
      { dataType: 'trades', symbol: 'B', status: 'failed', error: 'ECONNRESET', retryable: true },
      { dataType: 'trades', symbol: 'C', status: 'pending' },
    ] as const
    const reports = [
      day('2024-08-07', { status: 'incomplete', counts, problems }),
      day('2024-08-08', { status: 'pending' }),
    ]
    const text = renderSummary({ ...SUMMARY, reports, interrupted: true, dataType: undefined }, KEY, LOOKS)
    assert.equal(
      text.slice(text.indexOf('Stopped')),
      `Stopped before the end; run the same again to go on.

Not complete:
  binance-futures 2024-08-07  incomplete: 2 forbidden, 1 failed, 1 not done yet of 5 items
      quotes A: forbidden: answered 401
      trades A: forbidden: answered 401
      trades B: failed: ECONNRESET
  binance-futures 2024-08-08  pending: the vendor has not exported the day yet

What to do:
  forbidden: set TARDIS_API_KEY (environment or .env); without a key only the first day of each month is free
  pending: run the download again after the vendor has exported the day, around 06:00 UTC of the next one
  failed: run the download again; what is stored already is not downloaded again
  not done yet: run the download again to go on where it stopped
`,
    )
  })

  it('does not ask for a key that is there', () => {
    const problems = [{ dataType: 'trades', symbol: 'A', status: 'forbidden' }] as const
    const reports = [day('2024-08-08', { status: 'incomplete', problems })]
    const text = renderSummary({ ...SUMMARY, reports }, { tardisApiKey: new Secret('TD.secret-key') }, LOOKS)
    assert.match(text, /forbidden: TARDIS_API_KEY is not valid for these/)
    assert.ok(!text.includes('TD.secret-key'))
  })

  it('sums up by venue where there are many days', () => {
    const reports = Array.from({ length: 31 }, (_, at) => day(`2024-08-${String(at + 1).padStart(2, '0')}`))
    const lines = renderSummary({ ...SUMMARY, reports }, KEY, LOOKS).split('\n')
    assert.match(
      lines[2]!,
      /^ {2}binance-futures {2}2024-08-01 … 2024-08-31 {2}31 of 31 +372 +31 +31 +382,716,018 +3.8 GB +6m12s$/,
    )
    assert.match(lines[3]!, /^ {2}total/)
  })

  it('colours the status and leaves the text as it is', () => {
    const coloured = renderSummary(SUMMARY, KEY, { color: true, unicode: true })
    assert.ok(coloured.includes('  \x1b[32mcomplete\x1b[0m  '))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: strips our own control codes
    assert.equal(coloured.replace(/\x1b\[\d+m/g, ''), renderSummary(SUMMARY, KEY, LOOKS))
  })
})
