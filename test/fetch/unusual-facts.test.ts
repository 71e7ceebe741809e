import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { factsMetadata, factsOf, readFacts } from '../../functions/fetch/facts.ts'
import { storedResult } from '../../functions/fetch/item-result.ts'
import { ABSENT } from '../../functions/storage/bucket.ts'
import { convert } from '../../functions/ticks/convert.ts'
import { committed } from '../support/bucket-suite.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'

const NAME = { venue: 'binance', dataType: 'trades', date: '2024-08-08', symbol: 'BTCUSDT' }
const HEADER = 'exchange,symbol,timestamp,local_timestamp,id,side,price,amount'
const MICROS = 1_723_075_200_000_000

const row = (exchange: string, at: number) => `${exchange},BTCUSDT,${MICROS + at},${MICROS + at},${at},buy,1,2`

/** Converts and stores a file. @returns what the conversion says, and what the stored file says */
async function bothFacts(csv: string) {
  const bucket = new MemoryBucket()
  const writer = bucket.createWriter('a', ABSENT, { contentType: 'x' })
  const source = (async function* () {
    yield gzipSync(csv)
  })()
  const metadata: Record<string, string>[] = []
  const summary = await convert(source, writer, {
    ...{ dataType: 'trades', day: NAME.date },
    metadata: found => {
      metadata.push(factsMetadata(factsOf(NAME, found)))
      return metadata[0]!
    },
  })
  const object = committed(await writer.commit())
  const read = await readFacts(bucket, object, NAME, new AbortController().signal)
  assert.ok(read?.kind === 'known')
  return { converted: factsOf(NAME, summary), read: read.facts, metadata: metadata[0]!, object }
}

describe('facts that few files have', () => {
  it('are absent where the file has the columns of its data type and its venue alone', async () => {
    const { converted, read, object } = await bothFacts(`${HEADER}\n${row('binance', 0)}\n${row('binance', 1)}\n`)
    assert.deepEqual(read, converted)
    const result = storedResult(object, { facts: read, converterVersion: 2 })
    assert.ok(!('exchanges' in result) && !('otherColumns' in result))
  })

  it('are the same from the conversion and from the stored file, and change none of its bytes', async () => {
    const rows = [`${row('binance', 0)},0.1,x`, `${row('ftx', 1)},,`, `${row('bybit', 2)},0.3,`]
    const { converted, read, metadata, object } = await bothFacts(`${HEADER},fee,a note\n${rows.join('\n')}\n`)
    assert.deepEqual(read, converted)
    assert.deepEqual(
      [read.exchanges, read.otherColumns],
      [
        ['binance', 'ftx'],
        ['a_x0020_note', 'fee'],
      ],
    )
    assert.doesNotMatch(JSON.stringify(metadata), /exchanges|otherColumns|ftx/)
    const result = storedResult(object, { facts: read, converterVersion: 2 })
    assert.deepEqual(
      [result.exchanges, result.otherColumns],
      [
        ['binance', 'ftx'],
        ['a_x0020_note', 'fee'],
      ],
    )
  })

  it('name an exchange that is not the venue, also where it is the only one', async () => {
    const { converted, read } = await bothFacts(`${HEADER}\n${row('okex', 0)}\n`)
    assert.deepEqual([read.exchanges, converted.exchanges], [['okex'], ['okex']])
  })

  it('are absent in a file without rows', async () => {
    const { converted, read } = await bothFacts(`${HEADER}\n`)
    assert.deepEqual(read, converted)
    assert.equal(read.exchanges, undefined)
  })

  it('are the first and the last exchange of any number, by name, and all columns in order', () => {
    const of = (exchanges: string[], otherColumns?: string[]) => {
      const quality = { rowsOutOfOrder: 0, largestGapMicros: 0n }
      const summary = { rows: 1, sourceBytes: 1, sourceSha256: '0'.repeat(64), textBytes: 1, quality }
      const facts = factsOf(NAME, { ...summary, exchanges, ...(otherColumns && { otherColumns }) })
      return [facts.exchanges, facts.otherColumns]
    }
    assert.deepEqual(of(['okex', 'bybit', 'huobi', 'ftx'], ['b', 'a']), [
      ['bybit', 'okex'],
      ['a', 'b'],
    ])
    assert.deepEqual(of(['binance', 'okex']), [['binance', 'okex'], undefined])
    assert.deepEqual(of(['binance']), [undefined, undefined])
  })
})
