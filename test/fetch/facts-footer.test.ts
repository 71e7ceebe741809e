import assert from 'node:assert/strict'
import { FACTS_KEY, factsOf, readFacts } from '../../functions/fetch/facts.ts'
import { ABSENT } from '../../functions/storage/bucket.ts'
import { committed } from '../support/bucket-suite.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'
import { NAME } from './item-runs.ts'
import { tinyParquet } from './tiny-parquet.ts'

const KIB = 1024
const SUMMARY = {
  ...{ rows: 3, sourceBytes: 10, sourceSha256: '0'.repeat(64), textBytes: 20 },
  quality: { rowsOutOfOrder: 0, largestGapMicros: 0n },
}
const METADATA = { [FACTS_KEY]: JSON.stringify(factsOf(NAME, SUMMARY)) }

/** What is read of an object with these bytes, and how many bytes from its end each time. */
async function readOf(file: Uint8Array) {
  const bucket = new MemoryBucket()
  const object = committed(await bucket.write('a', file, ABSENT, { contentType: 'x' }))
  const tails: number[] = []
  const watched = {
    readRange: (...[one, from, to, signal]: Parameters<MemoryBucket['readRange']>) => {
      assert.equal(to, file.length)
      tails.push(to - from)
      return bucket.readRange(one, from, to, signal)
    },
  }
  const found = await readFacts(watched, object, NAME, new AbortController().signal)
  return { kind: found?.kind, tails }
}

/** A file with our facts whose footer, the trailer included, has so many bytes. */
function fileWithFooter(footerBytes: number, contentBytes = 0) {
  const of = (fill: number) => tinyParquet(Buffer.alloc(contentBytes), 3, { ...METADATA, fill: 'x'.repeat(fill) })
  const fill = footerBytes - (of(footerBytes - 1_000).length - contentBytes - 4) + footerBytes - 1_000
  return of(fill)
}

/** A file that says that its footer, the trailer included, has so many bytes. */
function fileThatStates(footerBytes: number, fileBytes: number) {
  const file = Buffer.alloc(fileBytes)
  file.writeUInt32LE(footerBytes - 8, fileBytes - 8)
  file.write('PAR1', fileBytes - 4)
  return file
}

describe('the footer of a stored object', () => {
  it('is read with the last 64 KiB, or the whole object where that is shorter', async () => {
    const short = fileWithFooter(10 * KIB)
    assert.deepEqual(await readOf(short), { kind: 'known', tails: [short.length] })
    assert.deepEqual(await readOf(fileWithFooter(64 * KIB, 100)), { kind: 'known', tails: [64 * KIB] })
  })

  it('is read again whole where it is longer', async () => {
    assert.deepEqual(await readOf(fileWithFooter(64 * KIB + 1, 100)), {
      kind: 'known',
      tails: [64 * KIB, 64 * KIB + 1],
    })
  })

  it('is read no further where it states more bytes than the object has', async () => {
    assert.deepEqual(await readOf(fileThatStates(70_001, 70_000)), { kind: undefined, tails: [64 * KIB] })
    assert.deepEqual(await readOf(fileThatStates(70_000, 70_000)), { kind: undefined, tails: [64 * KIB, 70_000] })
    assert.deepEqual(await readOf(fileThatStates(101, 100)), { kind: undefined, tails: [100] })
  })

  it('is read no further where it states more than 16 MiB', async () => {
    const most = 16 * KIB * KIB
    assert.deepEqual((await readOf(fileThatStates(most, most + 1))).tails, [64 * KIB, most])
    assert.deepEqual((await readOf(fileThatStates(most + 1, most + 1))).tails, [64 * KIB])
  })

  it('is read no further where the bucket gives fewer bytes than asked for', async () => {
    const file = fileThatStates(100, 100)
    const object = { name: 'a', generation: '1', bytes: 100, crc32c: '' }
    let reads = 0
    const readRange = async () => {
      assert.equal(++reads, 1)
      return file.subarray(80)
    }
    assert.equal(await readFacts({ readRange }, object as never, NAME, new AbortController().signal), undefined)
  })

  it('is not looked for in an object without bytes, or that is gone', async () => {
    assert.deepEqual(await readOf(new Uint8Array()), { kind: undefined, tails: [] })
    const object = { name: 'a', generation: '1', bytes: 100, crc32c: '' }
    const gone = { readRange: async () => undefined }
    assert.equal(await readFacts(gone, object as never, NAME, new AbortController().signal), undefined)
  })
})
