import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { foldManifest } from '../../../functions/aggregate/manifest.ts'
import { encodeDocument } from '../../../functions/ledger/document.ts'
import { type Manifest, manifest } from '../../../functions/ledger/manifest.ts'
import type { Plan } from '../../../functions/ledger/plan.ts'
import type { ItemResult, Receipt } from '../../../functions/ledger/receipt.ts'
import { manifestName } from '../../../functions/storage/names.ts'
import { archivedDays } from '../../support/archive.ts'
import { literal, openDuckDb, type Query } from '../../support/readers/duckdb.ts'

const ROOT = join(import.meta.dirname, '../../..')
const VIEWS = join(ROOT, 'functions/ledger/sql/duckdb.sql')
const DATE = '2024-08-01'
const DAY_MICROS = Date.parse(`${DATE}T00:00:00Z`) * 1000
const MINUTE = 60_000_000

/** A book with rows all day, but for these gaps: [start minute, minutes]. */
function bookWith(symbol: string, gaps: readonly (readonly [number, number])[], quality: object = {}): ItemResult {
  const spans = gaps.map(([start, length]) => ({
    startMicros: String(DAY_MICROS + start * MINUTE),
    micros: String(length * MINUTE),
  }))
  return {
    ...{
      dataType: 'quotes',
      symbol,
      status: 'stored',
      seconds: 1,
      object: symbol,
      generation: '1',
      crc32c: 'AAAAAA==',
    },
    ...{ bytes: 10, rows: 100_000, sourceBytes: 1, textBytes: 1, sourceSha256: 'a'.repeat(64) },
    ...{ firstTimestampMicros: String(DAY_MICROS), lastTimestampMicros: String(DAY_MICROS + 1440 * MINUTE - 1) },
    quality: { rowsOutOfOrder: 0, largestGapMicros: '0', version: 2, gaps: spans, ...quality },
  }
}

/** A day as the fold makes it of these results, with an incident from 10:00 to 11:00. */
function plantedDay(results: ItemResult[]): Manifest {
  const incidents = [{ from: `${DATE}T10:00:00.000Z`, to: `${DATE}T11:00:00.000Z`, status: 'resolved', details: 'x' }]
  const items = results.map(({ dataType, symbol }) => ({ dataType, symbol }))
  const day = { schemaVersion: 1, venue: 'planted', date: DATE, plan: 'abcd' }
  const batches = [{ plan: 'abcd', index: 0, items }]
  const plan: Plan = { ...day, status: 'planned', scope: { quotes: 'all' }, batches, unlisted: [], incidents }
  const work = { deliveries: 1, seconds: 1, downloadedBytes: 1, textBytes: 1, rows: 1, figures: {} }
  const receipt: Receipt = { ...day, index: 0, handedOn: 0, results, work }
  return foldManifest(plan, [receipt])
}

describe('the views of DuckDB over manifests', () => {
  let folder: string
  const planted = plantedDay([
    bookWith('GAP-INSIDE', [[605, 30]]),
    bookWith('GAP-OUTSIDE', [[60, 20], [605, 1]]), // biome-ignore format: pairs
    bookWith('GAP-MOSTLY-OUTSIDE', [[570, 40]]),
    bookWith('CROSSED', [], { crossed: 5_000 }),
    bookWith('FINE', [[60, 1]]),
    {
      dataType: 'quotes',
      symbol: 'FAILED',
      status: 'failed',
      error: 'line 7: bad price',
      retryable: false,
      seconds: 1,
    },
  ])
  const archived = [...archivedDays({ venues: 4, days: 30, firstDate: '2024-02-15', symbols: 2, seed: 5 })].map(
    ({ manifest }) => manifest,
  )

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'views-'))
    for (const one of [planted, ...archived]) {
      const name = manifestName('ticks', one)
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), encodeDocument(manifest, name, one))
    }
  })
  after(() => rm(folder, { recursive: true, force: true }))

  /** Runs a query over the manifests of a folder. */
  async function ask(test: Mocha.Context, sql: string, root = folder): Promise<Record<string, unknown>[]> {
    using duckDb = await openDuckDb(test)
    await readViews(duckDb.query, root)
    return await duckDb.query(sql)
  }

  async function readViews(query: Query, root: string): Promise<void> {
    await query(`SET VARIABLE manifests = ${literal(`${root}/_ledger/venue=*/date=*/manifest.json`)}`)
    await query(await readFile(VIEWS, 'utf8'))
  }

  it('tell a gap inside an incident from one outside', async function () {
    const rows = await ask(
      this,
      `SELECT symbol, reason, in_incident, started_at::VARCHAR AS started_at, seconds FROM tick_findings
       WHERE venue = 'planted' AND reason LIKE 'gap%' ORDER BY symbol`,
    )
    assert.deepEqual(rows, [
      {
        symbol: 'GAP-INSIDE',
        reason: 'gap-in-incident',
        in_incident: true,
        started_at: '2024-08-01 10:05:00',
        seconds: 1800,
      },
      {
        symbol: 'GAP-MOSTLY-OUTSIDE',
        ...{ reason: 'gap', in_incident: false, started_at: '2024-08-01 09:30:00', seconds: 2400 },
      },
      { symbol: 'GAP-OUTSIDE', reason: 'gap', in_incident: false, started_at: '2024-08-01 01:00:00', seconds: 1200 },
    ])
  })

  it('have every other finding with its rows or its error', async function () {
    const rows = await ask(
      this,
      `SELECT symbol, reason, affected_rows, "rows", error FROM tick_findings
       WHERE venue = 'planted' AND reason NOT LIKE 'gap%' ORDER BY symbol`,
    )
    assert.deepEqual(rows, [
      { symbol: 'CROSSED', reason: 'crossed', affected_rows: 5_000n, rows: 100_000n, error: null },
      { symbol: 'FAILED', reason: 'failed', affected_rows: null, rows: null, error: 'line 7: bad price' },
    ])
  })

  it('have each recorded reason exactly once', async function () {
    const rows = await ask(this, 'SELECT reason, count(*) AS items FROM tick_findings GROUP BY reason ORDER BY reason')
    const counts = new Map<string, bigint>()
    for (const { reasons = [] } of [planted, ...archived])
      for (const { reason, items } of reasons) counts.set(reason, (counts.get(reason) ?? 0n) + BigInt(items))
    assert.deepEqual(new Map(rows.map(({ reason, items }) => [reason, items])), new Map([...counts].sort()))
    assert.ok(counts.size >= 4)
  })

  it('have the completeness of each venue-day', async function () {
    const rows = await ask(this, "SELECT * EXCLUDE (date) FROM tick_completeness WHERE venue = 'planted'")
    assert.deepEqual(rows, [
      {
        ...{
          venue: 'planted',
          status: 'incomplete',
          items: 6n,
          settled: 5n,
          share: 5 / 6,
          stored: 5n,
          empty: 0n,
          missing: 0n,
        },
        ...{ forbidden: 0n, failed: 1n, pending: 0n, rows: 500_000n, bytes: 50n, source_bytes: 5n, incidents: 1n },
      },
    ])
    const [all] = await ask(this, 'SELECT count(*) AS days, sum("rows")::BIGINT AS rows FROM tick_completeness')
    const stored = [planted, ...archived].reduce((sum, { totals }) => sum + totals.rows, 0)
    assert.deepEqual(all, { days: BigInt(archived.length + 1), rows: BigInt(stored) })
  })

  it('have a condition per data type, from which that of the day follows', async function () {
    const rows = await ask(
      this,
      'SELECT venue, date::VARCHAR AS date, list(condition) AS conditions FROM tick_condition GROUP BY ALL',
    )
    const days = new Map([planted, ...archived].map(({ venue, date, condition }) => [`${venue} ${date}`, condition]))
    const seen = rows.map(({ venue, date, conditions }) => {
      const found = (conditions as { items: string[] }).items
      const worst = ['pending', 'degraded', 'missing', 'available'].find(one => found.includes(one))
      return [
        `${venue} ${date}`,
        worst === 'missing' && found.some(one => one !== 'missing') ? 'degraded' : worst,
      ] as const
    })
    assert.deepEqual(new Map(seen.sort()), new Map([...days].sort()))
  })

  it('read manifests of the release before: nothing is held against data that was not judged', async function () {
    const old = join(ROOT, 'test/fixtures/release-0.1/bucket')
    const completeness = await ask(this, 'SELECT items, settled, stored, "rows", incidents FROM tick_completeness', old)
    assert.deepEqual(completeness, [{ items: 6n, settled: 4n, stored: 2n, rows: 3n, incidents: 1n }])
    const [sums] = await ask(
      this,
      'SELECT sum(unknown)::INT AS unknown, sum(missing)::INT AS missing, sum(available + degraded)::INT AS judged FROM tick_condition',
      old,
    )
    assert.deepEqual(sums, { unknown: 3, missing: 3, judged: 0 })
    const findings = await ask(this, 'SELECT status, reason FROM tick_findings ORDER BY reason', old)
    assert.deepEqual(findings, [
      { status: 'failed', reason: 'failed' },
      { status: 'forbidden', reason: 'forbidden' },
      { status: 'missing', reason: 'not-at-vendor' },
    ])
  })
})
