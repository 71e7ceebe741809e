import assert from 'node:assert/strict'
import type { ProgressView } from '../../../functions/local/progress/progress.ts'
import { renderSummary, type Summary } from '../../../functions/local/report/summary.ts'
import type { VenueDayReport } from '../../../functions/local/report/venue-days.ts'
import { cells } from '../../../functions/local/terminal/style.ts'

const RAN: ProgressView = {
  ...{ elapsedMs: 12_100, items: { done: 27, total: 27, estimated: false, settledBefore: 0 }, share: 1 },
  ...{ sourceBytes: 85_300_000, textBytes: 1_100_000_000, rows: 14_300_000, inWork: [] },
  ...{ byStatus: { stored: 25, empty: 2 }, adopted: 3 },
  stored: { files: 10, sourceBytes: 81_000_000, textBytes: 1_000_000_000, rows: 14_000_000 },
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
  scope: { trades: 'all', quotes: 'all' },
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
  failedVenues: [],
  unknownSymbols: [],
  notes: [],
}
const LOOKS = { color: false, unicode: true, width: Number.POSITIVE_INFINITY }

describe('renderSummary', () => {
  it('says what is stored, what was done, where, and how to query it', () => {
    assert.equal(
      renderSummary(SUMMARY, false, LOOKS),
      `
  venue            date        status    stored  empty  missing        rows    size
  binance-futures  2024-08-08  complete      12      1        1  12,345,678  123 MB

Data: trades, quotes (all symbols)
Downloaded 10 files in 12 s: 81.0 MB compressed (1.0 GB CSV), 14,000,000 rows; 3 files stored already.
Not kept: 4.3 MB of damaged, failed or interrupted transfers.
Parquet:   ./data/ticks/data_type=…/venue=…/date=…/SYMBOL.parquet
Manifests: ./data/_ledger/venue=…/date=…/manifest.json

Query with DuckDB:
  duckdb -c "SELECT venue, date, symbol, count(*) AS rows, min(local_timestamp) AS first, max(local_timestamp) AS last, min(price) AS low, max(price) AS high FROM read_parquet('./data/ticks/data_type=trades/**/*.parquet', hive_partitioning=true) GROUP BY ALL ORDER BY rows DESC LIMIT 10"
  duckdb -c "SELECT venue, date, status, counts.items AS items, totals.rows AS rows, totals.bytes AS bytes FROM read_json('./data/_ledger/venue=*/date=*/manifest.json', hive_partitioning=false, union_by_name=true, maximum_object_size=100000000) ORDER BY ALL"
`,
    )
  })

  it('says of a second run that there was nothing to download', () => {
    const text = renderSummary({ ...SUMMARY, progress: IDLE }, false, LOOKS)
    assert.match(text, /^Everything was complete already: nothing downloaded\.$/m)
  })

  it('says of a run that was interrupted at once that nothing was downloaded', () => {
    const text = renderSummary({ ...SUMMARY, progress: NOTHING, interrupted: true }, false, LOOKS)
    assert.match(text, /^Nothing downloaded \(0\.1 s\); 13 files stored already\.$/m)
    assert.doesNotMatch(text, /Downloaded 0/)
  })

  it('names what the vendor does not have, though the day is complete', () => {
    const missing = [{ dataType: 'trades', symbol: 'NOPE', status: 'missing', error: 'not listed' }] as const
    const text = renderSummary(
      { ...SUMMARY, reports: [day('2024-08-08', { missing })], progress: NOTHING },
      false,
      LOOKS,
    )
    assert.match(text, /^Nothing downloaded \(0\.1 s\); 13 files stored already\.$/m)
    assert.match(text, /^Not at Tardis:\n {2}binance-futures 2024-08-08 trades NOPE: not listed$/m)
  })

  it('says once what Tardis does not have of many files', () => {
    const missing = ['A', 'B', 'C', 'D'].map(
      symbol => ({ dataType: 'trades', symbol, status: 'missing', error: 'no such file' }) as const,
    )
    const reports = [day('2024-08-07', { missing }), day('2024-08-08', { missing })]
    const text = renderSummary({ ...SUMMARY, reports }, false, LOOKS)
    const line = '  binance-futures 2024-08-07 … 2024-08-08 8 files: no such file (trades A, trades B, trades C, …)'
    assert.ok(text.includes(`Not at Tardis:\n${line}\n\n`), text)
  })

  it('distinguishes each kind of problem, and says what to do about it', () => {
    const counts = { items: 5, stored: 1, empty: 0, missing: 0, forbidden: 2, failed: 1, pending: 1 }
    const problems = [
      {
        dataType: 'quotes',
        symbol: 'A',
        status: 'forbidden',
        error: 'GET http://a/quotes/A without an API key: answered 401: no',
      },
      {
        dataType: 'trades',
        symbol: 'A',
        status: 'forbidden',
        error: 'GET http://a/trades/A without an API key: answered 401: no',
      },
      { dataType: 'trades', symbol: 'B', status: 'failed', error: 'connection reset', retryable: true },
      { dataType: 'trades', symbol: 'C', status: 'pending' },
    ] as const
    const reports = [
      day('2024-08-07', { status: 'incomplete', counts, problems }),
      day('2024-08-08', { status: 'pending' }),
    ]
    const text = renderSummary({ ...SUMMARY, reports, interrupted: true, dataType: undefined }, false, LOOKS)
    assert.equal(
      text.slice(text.indexOf('Interrupted')),
      `Interrupted. Run the same command to resume.

Not complete:
  binance-futures 2024-08-07  incomplete: 2 of 5 items forbidden, 1 failed, 1 not downloaded yet
      2 items forbidden: Tardis answered 401 without an API key: no (quotes A, trades A)
      trades B: failed: connection reset
  binance-futures 2024-08-08  pending: Tardis has not exported the day yet

What to do:
  forbidden: set TARDIS_API_KEY (environment or .env); without a key only the first day of each month is free
  pending: run download again once Tardis has exported the day, around 06:00 UTC of the next day
  failed: run download again; stored files are not downloaded again
  not downloaded yet: run download to resume
`,
    )
  })

  it('names a failure that the same again would not mend, and a manifest that cannot be read', () => {
    const problems = [
      { dataType: 'trades', symbol: 'A', status: 'failed', error: 'line 2: bad price', retryable: false },
    ] as const
    const reports = [
      day('2024-08-07', { status: 'incomplete', problems }),
      day('2024-08-09', { status: 'absent' }),
      day('2024-08-10', { status: 'unreadable', error: 'manifest.json: found {' }),
    ]
    const text = renderSummary({ ...SUMMARY, reports }, false, LOOKS)
    assert.match(text, /^ {2}failed, and the same again would fail again: see the error; try --force when /m)
    assert.match(text, /^ {2}absent: never requested or not started: run download$/m)
    assert.match(text, /^ {2}unreadable: the manifest is damaged, or written by another version/m)
  })

  it('explains a venue that failed as a whole once, and not its days', () => {
    const failedVenues = [{ venue: 'nosuch', error: 'Tardis has no "nosuch"' }]
    const reports = [day('2024-08-08'), { ...day('2024-08-08', { status: 'absent', error: 'x' }), venue: 'nosuch' }]
    const text = renderSummary({ ...SUMMARY, reports, failedVenues }, false, LOOKS)
    assert.match(
      text,
      /^Not downloaded; run download again when this is mended:\n {2}nosuch: Tardis has no "nosuch"\n$/m,
    )
    assert.doesNotMatch(text, /Not complete|What to do|never requested/)
  })

  it('says that Tardis has no data, though the day is complete', () => {
    const counts = { items: 2, stored: 0, empty: 0, missing: 2, forbidden: 0, failed: 0, pending: 0 }
    const reports = [day('2024-08-08', { counts })]
    const notes = ['binance-futures has no options_chain at Tardis; it has trades.']
    const text = renderSummary({ ...SUMMARY, reports, notes, progress: NOTHING, dataType: undefined }, false, LOOKS)
    assert.match(text, /^ {2}binance-futures {2}2024-08-08 {2}no data /m)
    assert.match(text, /^binance-futures has no options_chain at Tardis; it has trades\.$/m)
    assert.match(text, /^Tardis has no data for this request\.$/m)
  })

  it('keeps the table and the text within a narrow terminal, the commands whole', () => {
    const reports = [
      day('2024-08-08', { counts: { ...day('').counts!, empty: 0, missing: 0 } }),
      day('2024-08-08', { venue: 'x' }),
    ]
    const lines = renderSummary({ ...SUMMARY, reports }, false, { ...LOOKS, width: 60 }).split('\n')
    assert.match(lines[1]!, /^ {2}venue +status +stored /)
    for (const line of lines)
      assert.ok(cells(line) <= 60 || line.startsWith('  duckdb') || /^(Parquet|Manifests): /.test(line), line)
  })

  it('does not ask for a key that is there', () => {
    const problems = [{ dataType: 'trades', symbol: 'A', status: 'forbidden' }] as const
    const reports = [day('2024-08-08', { status: 'incomplete', problems })]
    const text = renderSummary({ ...SUMMARY, reports }, true, LOOKS)
    assert.match(text, /forbidden: TARDIS_API_KEY is not valid for these/)
  })

  it('names what is degraded, also of complete days', () => {
    const reasons = [{ reason: 'gap', items: 2 }]
    const reports = [day('2024-08-07'), day('2024-08-08', { condition: 'degraded', reasons })]
    const text = renderSummary({ ...SUMMARY, reports }, false, LOOKS)
    assert.match(text, /^Degraded: 1 of 2 venue-days: gap \(2 items\)\n {2}tick-handler status \.\/data .*--gaps\n\n/m)
    assert.doesNotMatch(renderSummary(SUMMARY, false, LOOKS), /Degraded/)
  })

  it('sums up by venue where there are many days', () => {
    const reports = Array.from({ length: 31 }, (_, at) => day(`2024-08-${String(at + 1).padStart(2, '0')}`))
    const lines = renderSummary({ ...SUMMARY, reports }, false, LOOKS).split('\n')
    assert.match(
      lines[2]!,
      /^ {2}binance-futures {2}2024-08-01 … 2024-08-31 {2}31 of 31 +372 +31 +31 +382,716,018 +3.8 GB$/,
    )
    assert.match(lines[3]!, /^ {2}total/)
  })

  it('colours the status and leaves the text as it is', () => {
    const coloured = renderSummary(SUMMARY, false, { ...LOOKS, color: true })
    assert.ok(coloured.includes('  \x1b[32mcomplete\x1b[0m  '))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: strips our own control codes
    assert.equal(coloured.replace(/\x1b\[\d+m/g, ''), renderSummary(SUMMARY, false, LOOKS))
  })
})
