import { createHash } from 'node:crypto'
import { FACTS_KEY, factsOf } from '../../../functions/fetch/facts.ts'
import type { ItemName } from '../../../functions/market/items.ts'
import type { StoredObject } from '../../../functions/storage/bucket.ts'
import { dataObjectName } from '../../../functions/storage/names.ts'
import { tinyParquet } from '../../fetch/tiny-parquet.ts'
import type { MemoryBucket } from '../../support/memory-bucket.ts'

/** Puts the file into the bucket that release 0.1 would have made of the same source. */
export function plantOldFile(
  bucket: MemoryBucket,
  name: ItemName,
  text: string,
): [object: StoredObject, data: Uint8Array] {
  const source = Buffer.from(text)
  const rows = text.split('\n').length
  const sourceSha256 = createHash('sha256').update(source).digest('hex')
  const quality = { rowsOutOfOrder: 0, largestGapMicros: 0n }
  const timestamps = { firstTimestampMicros: 1n, lastTimestampMicros: BigInt(rows) }
  const summary = { rows, sourceBytes: source.length, sourceSha256, textBytes: source.length, ...timestamps, quality }
  const facts = JSON.stringify(factsOf(name, summary))
  const data = tinyParquet(source, rows, { [FACTS_KEY]: facts }, 'market-data-tick-handler version 1.0.0')
  return [bucket.plant(dataObjectName('ticks', name), data, '1'), data]
}

/** What the vendor has of the nth symbol: a row more than of the one before. */
export function textOf(symbol: string, n: number): string {
  return `${symbol}\n`.repeat(n + 1).trimEnd()
}
