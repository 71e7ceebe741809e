import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { encodeDocument } from '../../../functions/ledger/document.ts'
import { type ManifestItem, manifest } from '../../../functions/ledger/manifest.ts'
import { manifestsQuery } from '../../../functions/local/report/queries.ts'
import { manifestName } from '../../../functions/storage/names.ts'
import { openDuckDb } from '../../support/readers/duckdb.ts'
import { manifestOf } from './fixtures.ts'

const README = join(import.meta.dirname, '../../../README.md')
const DAY = { venue: 'deribit', date: '2024-08-08' }
const ITEMS = 65_000

/** The items of the largest venue-day that we know of, with room to spare. */
function manyItems(): ManifestItem[] {
  return Array.from({ length: ITEMS }, (_, n) => ({
    symbol: `BTC-27SEP24-${100_000 + n}-C`,
    dataType: 'trades',
    status: 'stored' as const,
    object: `ticks/data_type=trades/venue=deribit/date=2024-08-08/BTC-27SEP24-${100_000 + n}-C.parquet`,
    generation: '1723075200000001',
    crc32c: 'AAAAAA==',
    bytes: 123_456,
    rows: 10,
    firstTimestampMicros: '1723075200000001',
    lastTimestampMicros: '1723075200000002',
    sourceBytes: 12_345,
    sourceSha256: '0'.repeat(64),
    textBytes: 123_456,
    quality: { rowsOutOfOrder: 0, largestGapMicros: '1', largestGapStartMicros: '1723075200000001' },
    converterVersion: 2,
  }))
}

describe('queries of manifests', () => {
  let folder: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'queries-'))
    const name = manifestName('ticks', DAY)
    const data = encodeDocument(manifest, name, manifestOf(DAY, 'complete', manyItems()))
    assert.ok(data.length > 33_554_428, `${data.length} bytes, DuckDB takes that many by default`)
    await mkdir(dirname(join(folder, 'data', name)), { recursive: true })
    await writeFile(join(folder, 'data', name), data)
  })
  after(() => rm(folder, { recursive: true }))

  /** Runs `duckdb -c "…"` as a shell would from the folder, in the memory that a small machine has. */
  async function run(test: Mocha.Context, command: string) {
    using duckDb = await openDuckDb(test)
    const [, sql = ''] = /^duckdb -c "([^"]*)"$/.exec(command) ?? []
    await duckDb.query("SET memory_limit = '1GB'")
    return await duckDb.query(sql.replaceAll(/'(?:\.\/)?data\//g, `'${folder}/data/`))
  }

  it('reads a manifest of 65,000 items as the README says', async function () {
    const text = await readFile(README, 'utf8')
    const command = text.match(/^duckdb -c "[^"]*"$/gm)?.find(line => line.includes('read_json'))
    const rows = await run(this, command ?? '')
    assert.deepEqual(
      rows.map(row => [row.venue, row.rows]),
      [['deribit', BigInt(ITEMS * 10)]],
    )
  })

  it('reads a manifest of 65,000 items as the summary says', async function () {
    const rows = await run(this, manifestsQuery({ shown: 'data', prefix: 'ticks' }))
    assert.deepEqual(
      rows.map(row => [row.venue, row.items, row.rows]),
      [['deribit', BigInt(ITEMS), BigInt(ITEMS * 10)]],
    )
  })
})
