import assert from 'node:assert/strict'
import { FACTS_KEY, factsMetadata, factsOf, readFacts } from '../../functions/fetch/facts.ts'
import { ABSENT } from '../../functions/storage/bucket.ts'
import { CONVERTER_VERSION } from '../../functions/ticks/convert.ts'
import { committed } from '../support/bucket-suite.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'
import { tinyParquet } from './tiny-parquet.ts'

const NAME = { venue: 'binance', dataType: 'trades', date: '2024-08-08', symbol: 'BTCUSDT' }
const SUMMARY = {
  rows: 3,
  sourceBytes: 10,
  sourceSha256: '0'.repeat(64),
  textBytes: 20,
  firstTimestampMicros: 1n,
  lastTimestampMicros: 3n,
  quality: { rowsOutOfOrder: 0, largestGapMicros: 0n },
}
const { signal: SIGNAL } = new AbortController()

/** What is read back of an object whose footer says this. */
async function factsIn(metadata: Readonly<Record<string, string>>, rows = SUMMARY.rows, name = NAME) {
  const bucket = new MemoryBucket()
  const file = tinyParquet(Buffer.from('content'), rows, metadata)
  const object = committed(await bucket.write('a', file, ABSENT, { contentType: 'application/octet-stream' }))
  return readFacts(bucket, object, name, SIGNAL)
}

describe('fetch/facts', () => {
  const facts = factsOf(NAME, SUMMARY)
  const said = { [FACTS_KEY]: JSON.stringify(facts) }

  it('are read back from an object about the same dataset', async () => {
    assert.deepEqual(await factsIn(said), { kind: 'known', facts, converterVersion: CONVERTER_VERSION })
  })

  const others = { venue: 'binance-us', dataType: 'quotes', date: '2024-08-09', symbol: 'BTCUSDC' }
  for (const part of ['venue', 'dataType', 'date', 'symbol'] as const) {
    it(`are not believed where the object is about another ${part}`, async () => {
      assert.equal(await factsIn(said, SUMMARY.rows, { ...NAME, [part]: others[part] }), undefined)
    })
  }

  for (const rows of [SUMMARY.rows - 1, SUMMARY.rows + 1, 0]) {
    it(`are not believed where the file has ${rows} rows and its facts say ${SUMMARY.rows}`, async () => {
      assert.equal(await factsIn(said, rows), undefined)
    })
  }

  for (const key of Object.keys(facts).filter(key => !key.endsWith('TimestampMicros'))) {
    it(`are not believed without ${key}`, async () => {
      const { [key]: _, ...rest } = facts as Readonly<Record<string, unknown>>
      assert.equal(await factsIn({ [FACTS_KEY]: JSON.stringify(rest) }), undefined)
    })
  }

  it('are not believed where they are under another key, or no JSON object', async () => {
    assert.equal(await factsIn({ other: JSON.stringify(facts) }), undefined)
    for (const text of ['', 'null', '1', '[]', '{', '"x"'])
      assert.equal(await factsIn({ [FACTS_KEY]: text }), undefined)
  })

  for (const version of [0, -1, 0.5, '1', null]) {
    it(`are not believed with version ${JSON.stringify(version)}`, async () => {
      assert.equal(await factsIn({ [FACTS_KEY]: JSON.stringify({ ...facts, version }) }), undefined)
    })
  }

  const { path, bytes, sha256 } = facts.source
  for (const source of [
    ...[
      { bytes, sha256 },
      { path, sha256 },
      { path, bytes },
      { path: 1, bytes, sha256 },
      { path, bytes: -1, sha256 },
    ],
    ...['0', `${sha256}0`, `x${sha256}`, 'g'.repeat(64)].map(other => ({ path, bytes, sha256: other })),
  ]) {
    it(`are not believed with the source ${JSON.stringify(source)}`, async () => {
      assert.equal(await factsIn({ [FACTS_KEY]: JSON.stringify({ ...facts, source }) }), undefined)
    })
  }

  it('are metadata under one key where the file was not checked', () => {
    assert.deepEqual(factsMetadata(facts), said)
  })

  it('of a newer release are distinguished from those of others', async () => {
    const newer = await factsIn({ [FACTS_KEY]: JSON.stringify({ version: facts.version + 1 }) })
    assert.deepEqual(newer, { kind: 'newer', detail: 'its facts have version 2, this release reads up to 1' })
  })

  describe('with all checks', () => {
    const quality = {
      ...{ version: 2 as const, rowsOutOfOrder: 1, largestGapMicros: 9n, largestGapStartMicros: 5n, rowsOutsideDay: 0 },
      ...{ gaps: [{ startMicros: 5n, micros: 9n }], exchangeRowsOutOfOrder: 2, repeatedRows: 0, repeatedIds: 3 },
      latency: { minMicros: -1n, medianMicros: 4n, p99Micros: 5n, maxMicros: 6n, negative: 1 },
      ...{ nonPositivePrices: 0, nonPositiveAmounts: 4, crossed: 0, locked: 0, oneSided: 0, snapshots: 0 },
      ...{ nulls: [{ column: 'id', rows: 1 }], price: { min: 1.5, max: 2 }, volume: 3, notional: 4.5 },
      ids: { first: 1n, last: 9n, missing: 2n },
    }
    const checked = factsOf(NAME, { ...SUMMARY, quality })
    const metadata = factsMetadata(checked)

    it('keep times as text, and leave out what is zero', () => {
      assert.deepEqual(checked.quality, {
        ...{ version: 2, rowsOutOfOrder: 1, largestGapMicros: '9', largestGapStartMicros: '5' },
        ...{ gaps: [{ startMicros: '5', micros: '9' }], exchangeRowsOutOfOrder: 2, repeatedIds: 3 },
        latency: { minMicros: '-1', medianMicros: '4', p99Micros: '5', maxMicros: '6', negative: 1 },
        ...{ nonPositiveAmounts: 4, nulls: [{ column: 'id', rows: 1 }], price: { min: 1.5, max: 2 } },
        ...{ volume: 3, notional: 4.5, ids: { first: '1', last: '9', missing: 2 } },
      })
    })

    it('are read back whole', async () => {
      const known = { kind: 'known', facts: checked, converterVersion: CONVERTER_VERSION }
      assert.deepEqual(await factsIn(metadata), known)
    })

    it('are believed without checks that are no object', async () => {
      for (const text of ['1', '"ab"', 'null', '']) {
        const found = await factsIn({ ...metadata, 'tick-handler.quality': text })
        assert.deepEqual(found?.kind === 'known' && found.facts.quality, {
          ...{ rowsOutOfOrder: 1, largestGapMicros: '9', largestGapStartMicros: '5' },
        })
      }
    })

    it('have no field for the first release that it does not know', () => {
      const { quality: first } = JSON.parse(metadata[FACTS_KEY]!)
      assert.deepEqual(first, { rowsOutOfOrder: 1, largestGapMicros: '9', largestGapStartMicros: '5' })
    })

    it('are believed without checks that cannot be read', async () => {
      const found = await factsIn({ ...metadata, 'tick-handler.quality': '{"version":2,"crossed":"many"}' })
      assert.deepEqual(found?.kind === 'known' && found.facts.quality, {
        ...{ rowsOutOfOrder: 1, largestGapMicros: '9', largestGapStartMicros: '5' },
      })
    })
  })
})
