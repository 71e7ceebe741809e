import assert from 'node:assert/strict'
import { ABSENT, type Bucket, type StoredObject, type WriteOutcome } from '../../functions/storage/bucket.ts'

const JSON_TYPE = { contentType: 'application/json' }
const SOME = { name: 'a', generation: '1', bytes: 1, crc32c: 'AAAAAA==' }
const text = (value: string): Uint8Array => new TextEncoder().encode(value)

/** A made-up content of any length, the same for the same seed. */
export function someBytes(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let at = 0, state = seed; at < length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    bytes[at] = state >>> 24
  }
  return bytes
}

export function committed(outcome: WriteOutcome): StoredObject {
  assert.equal(outcome.outcome, 'committed')
  return (outcome as { object: StoredObject }).object
}

export async function names(objects: AsyncIterable<StoredObject>): Promise<string[]> {
  const found: string[] = []
  for await (const object of objects) found.push(object.name)
  return found
}

/**
 * What every Bucket promises, for both adapters.
 *
 * @param open a new, empty bucket, and how to put it away.
 * @param chunkBytes the adapter's chunk, so that contents around its multiples are tried.
 */
export function describeBucket(open: () => Promise<{ bucket: Bucket; close(): Promise<void> }>, chunkBytes: number) {
  let bucket: Bucket
  let close: () => Promise<void>

  beforeEach(async () => {
    const opened = await open()
    bucket = opened.bucket
    close = opened.close
  })
  afterEach(() => close())

  async function stream(name: string, content: Uint8Array, expected = ABSENT, pieceBytes = 100_000) {
    const writer = bucket.createWriter(name, expected, { contentType: 'application/octet-stream' })
    for (let at = 0; at < content.length; at += pieceBytes) await writer.write(content.slice(at, at + pieceBytes))
    return writer.commit()
  }

  it('has nothing at first', async () => {
    assert.equal(await bucket.stat('a'), undefined)
    assert.equal(await bucket.read('a'), undefined)
    assert.equal(await bucket.readRange({ name: 'a', generation: '1' }, 0, 1), undefined)
    assert.deepEqual(await names(bucket.list('')), [])
  })

  it('states CRC32C and size as the catalogue of check values has them', async () => {
    const object = committed(await bucket.write('check', text('123456789'), ABSENT, JSON_TYPE))
    assert.equal(object.name, 'check')
    assert.equal(object.bytes, 9)
    // 0xe3069283: https://reveng.sourceforge.io/crc-catalogue/17plus.htm#crc.cat.crc-32-iscsi
    assert.equal(object.crc32c, '4waSgw==')
    assert.deepEqual(await bucket.stat('check'), object)
    const read = await bucket.read('check')
    assert.deepEqual(read!.object, object)
    assert.equal(Buffer.from(read!.data).toString(), '123456789')
  })

  it('creates only if absent', async () => {
    const first = committed(await bucket.write('a', text('1'), ABSENT, JSON_TYPE))
    assert.deepEqual(await bucket.write('a', text('2'), ABSENT, JSON_TYPE), { outcome: 'conflict' })
    assert.deepEqual(await bucket.stat('a'), first)
  })

  it('replaces only the generation that was expected', async () => {
    const first = committed(await bucket.write('a', text('1'), ABSENT, JSON_TYPE))
    const second = committed(await bucket.write('a', text('2'), first.generation, JSON_TYPE))
    assert.ok(BigInt(second.generation) > BigInt(first.generation))
    assert.deepEqual(await bucket.write('a', text('3'), first.generation, JSON_TYPE), { outcome: 'conflict' })
    assert.equal(Buffer.from((await bucket.read('a'))!.data).toString(), '2')
  })

  it('does not replace what is not there', async () => {
    assert.deepEqual(await bucket.write('a', text('1'), '5', JSON_TYPE), { outcome: 'conflict' })
    assert.equal(await bucket.stat('a'), undefined)
  })

  it('removes only the generation that was named', async () => {
    const first = committed(await bucket.write('a/b', text('1'), ABSENT, JSON_TYPE))
    const second = committed(await bucket.write('a/b', text('2'), first.generation, JSON_TYPE))
    assert.deepEqual(await bucket.remove(first), { outcome: 'conflict' })
    assert.deepEqual(await bucket.stat('a/b'), second)
    assert.deepEqual(await bucket.remove(second), { outcome: 'removed' })
    assert.equal(await bucket.stat('a/b'), undefined)
    assert.deepEqual(await bucket.remove(second), { outcome: 'removed' })
  })

  it('gives an object that was removed and written again a new generation', async () => {
    const first = committed(await bucket.write('a', text('1'), ABSENT, JSON_TYPE))
    await bucket.remove(first)
    const second = committed(await bucket.write('a', text('1'), ABSENT, JSON_TYPE))
    assert.notEqual(second.generation, first.generation)
    assert.deepEqual(await bucket.remove(first), { outcome: 'conflict' })
  })

  it('copies exactly the generation that was named, and creates only', async () => {
    const content = someBytes(2 * chunkBytes + 3)
    const first = committed(await bucket.write('a/b c#.x', content, ABSENT, JSON_TYPE))
    const copy = committed((await bucket.copy(first, 'copies/1/b c#.x', JSON_TYPE)) as WriteOutcome)
    assert.deepEqual([copy.bytes, copy.crc32c, copy.name], [first.bytes, first.crc32c, 'copies/1/b c#.x'])
    assert.deepEqual(await bucket.copy(first, copy.name, JSON_TYPE), { outcome: 'committed', object: copy })
    const second = committed(await bucket.write('a/b c#.x', text('2'), first.generation, JSON_TYPE))
    assert.deepEqual(await bucket.copy(first, 'copies/2', JSON_TYPE), { outcome: 'gone' })
    assert.deepEqual(await bucket.copy(second, copy.name, JSON_TYPE), { outcome: 'conflict' })
    assert.deepEqual(await bucket.copy({ ...second, name: 'none' }, 'copies/2', JSON_TYPE), { outcome: 'gone' })
    assert.deepEqual(await names(bucket.list('')), ['a/b c#.x', copy.name])
    assert.ok(Buffer.from(content).equals((await bucket.read(copy.name))!.data), 'the copy changes with its source')
  })

  it('treats the same content that is there already as a success', async () => {
    const first = committed(await bucket.write('a', text('same'), ABSENT, JSON_TYPE))
    assert.deepEqual(await bucket.write('a', text('same'), ABSENT, JSON_TYPE), { outcome: 'committed', object: first })
    assert.deepEqual(await stream('a', text('same')), { outcome: 'committed', object: first })
  })

  it('lets exactly one of many concurrent writers win', async () => {
    const rivals = Array.from({ length: 8 }, (_, n) => bucket.write('a', text(`rival ${n}`), ABSENT, JSON_TYPE))
    const outcomes = await Promise.all(rivals)
    const winners = outcomes.filter(({ outcome }) => outcome === 'committed')
    assert.equal(winners.length, 1)
    assert.deepEqual(await bucket.stat('a'), committed(winners[0]!))
  })

  for (const bytes of [0, 1, chunkBytes - 1, chunkBytes, chunkBytes + 1, 3 * chunkBytes, 3 * chunkBytes + 4711]) {
    it(`streams ${bytes} bytes`, async () => {
      const content = someBytes(bytes, bytes)
      const object = committed(await stream('streamed', content))
      assert.equal(object.bytes, bytes)
      const read = await bucket.read('streamed')
      assert.deepEqual(read!.object, object)
      assert.ok(Buffer.from(content).equals(read!.data))
    })
  }

  it('streams one write that is larger than several chunks', async () => {
    const content = someBytes(4 * chunkBytes + 17)
    committed(await stream('a', content, ABSENT, content.length))
    assert.ok(Buffer.from(content).equals((await bucket.read('a'))!.data))
  })

  it('shows nothing of a stream before its commit', async () => {
    const writer = bucket.createWriter('a', ABSENT, JSON_TYPE)
    for (let n = 0; n < 5; n++) await writer.write(someBytes(chunkBytes))
    assert.equal(await bucket.stat('a'), undefined)
    assert.deepEqual(await names(bucket.list('')), [])
    committed(await writer.commit())
    assert.equal((await bucket.stat('a'))!.bytes, 5 * chunkBytes)
  })

  it('decides a stream by the generation at its commit', async () => {
    const writer = bucket.createWriter('a', ABSENT, JSON_TYPE)
    for (let n = 0; n < 3; n++) await writer.write(someBytes(chunkBytes))
    const rival = committed(await bucket.write('a', text('rival'), ABSENT, JSON_TYPE))
    assert.deepEqual(await writer.commit(), { outcome: 'conflict' })
    assert.deepEqual(await bucket.stat('a'), rival)
  })

  it('succeeds where another writer was first with the same stream, and conflicts with another', async () => {
    const content = someBytes(2 * chunkBytes + 5)
    const first = committed(await stream('a', content))
    assert.deepEqual(await stream('a', content), { outcome: 'committed', object: first })
    assert.deepEqual(await stream('a', someBytes(2 * chunkBytes + 5, 99)), { outcome: 'conflict' })
  })

  it('replaces by a stream', async () => {
    const first = committed(await bucket.write('a', text('1'), ABSENT, JSON_TYPE))
    const second = committed(await stream('a', someBytes(2 * chunkBytes + 1), first.generation))
    assert.deepEqual(await bucket.stat('a'), second)
    assert.equal(await bucket.readRange(first, 0, 1), undefined)
  })

  for (const chunks of [0, 0.5, 1, 2.5]) {
    it(`leaves nothing of a stream aborted after ${chunks} chunks`, async () => {
      const writer = bucket.createWriter('a', ABSENT, JSON_TYPE)
      await writer.write(someBytes(chunks * chunkBytes))
      await writer.abort()
      await writer.abort()
      await assert.rejects(writer.write(text('more')), /after commit or abort/)
      await assert.rejects(writer.commit(), /after commit or abort/)
      assert.deepEqual(await names(bucket.list('')), [])
    })
  }

  it('ignores an abort after a commit', async () => {
    const writer = bucket.createWriter('a', ABSENT, JSON_TYPE)
    await writer.write(text('whole'))
    const object = committed(await writer.commit())
    await writer.abort()
    assert.deepEqual(await bucket.stat('a'), object)
  })

  it('throws the reason of an aborted signal, and does nothing', async () => {
    const reason = new Error('no time left')
    const signal = AbortSignal.abort(reason)
    const isReason = (error: unknown) => error === reason
    await assert.rejects(bucket.stat('a', signal), isReason)
    await assert.rejects(bucket.read('a', signal), isReason)
    await assert.rejects(bucket.readRange({ name: 'a', generation: '1' }, 0, 1, signal), isReason)
    await assert.rejects(bucket.readBeginning('a', 1, signal), isReason)
    await assert.rejects(names(bucket.list('', signal)), isReason)
    await assert.rejects(async () => {
      for await (const _ of bucket.listFolders('', signal));
    }, isReason)
    await assert.rejects(bucket.write('a', text('1'), ABSENT, { ...JSON_TYPE, signal }), isReason)
    await assert.rejects(bucket.copy(SOME, 'b', { ...JSON_TYPE, signal }), isReason)
    const writer = bucket.createWriter('a', ABSENT, { ...JSON_TYPE, signal })
    await assert.rejects(writer.write(text('1')), isReason)
    await assert.rejects(writer.commit(), isReason)
    await writer.abort()
    assert.equal(await bucket.stat('a'), undefined)
  })

  it('reads ranges of one generation', async () => {
    const content = someBytes(5000)
    const object = committed(await bucket.write('a', content, ABSENT, JSON_TYPE))
    for (const [start, end] of [
      [0, 1],
      [0, 5000],
      [4999, 5000],
      [4000, 9000],
      [17, 4711],
    ] as const) {
      const range = await bucket.readRange(object, start, end)
      assert.ok(Buffer.from(content.subarray(start, end)).equals(range!), `${start} to ${end}`)
    }
    await assert.rejects(bucket.readRange(object, 5000, 5001))
    await assert.rejects(bucket.readRange(object, 5, 5), RangeError)
    assert.equal(await bucket.readRange({ name: 'a', generation: '7' }, 0, 1), undefined)
  })

  it('reads the first bytes of an object as it is now', async () => {
    const content = someBytes(5000)
    const first = committed(await bucket.write('a', content, ABSENT, JSON_TYPE))
    for (const bytes of [1, 17, 4999, 5000, 9000]) {
      const read = await bucket.readBeginning('a', bytes)
      assert.ok(Buffer.from(content.subarray(0, bytes)).equals(read!), `${bytes} bytes`)
    }
    committed(await bucket.write('a', text('newer'), first.generation, JSON_TYPE))
    assert.equal(String(Buffer.from((await bucket.readBeginning('a', 3))!)), 'new')
    committed(await bucket.write('empty', text(''), ABSENT, JSON_TYPE))
    assert.equal((await bucket.readBeginning('empty', 10))?.length, 0)
    assert.equal(await bucket.readBeginning('none', 10), undefined)
    assert.equal(await bucket.readBeginning('a/b', 10), undefined)
  })

  it('lists in the order of names, not of folders', async () => {
    const all = ['a-b', 'a/1', 'a/2/3', 'a/2-3', 'a0', 'b', 'z/ä', 'z/~', 'z/\u{10000}', 'z/\uffee']
    for (const name of all) committed(await bucket.write(name, text(name), ABSENT, JSON_TYPE))
    const sorted = all.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    assert.deepEqual(await names(bucket.list('')), sorted)
    assert.deepEqual(await names(bucket.list('a/')), ['a/1', 'a/2-3', 'a/2/3'])
    assert.deepEqual(await names(bucket.list('a')), ['a-b', 'a/1', 'a/2-3', 'a/2/3', 'a0'])
    assert.deepEqual(await names(bucket.list('a/2')), ['a/2-3', 'a/2/3'])
    assert.deepEqual(await names(bucket.list('no')), [])
    const range = (from?: string, to?: string) => ({ ...(from && { from }), ...(to && { to }) })
    const named = (prefix: string, from?: string, to?: string) => names(bucket.list(prefix, undefined, range(from, to)))
    assert.deepEqual(await named('a', 'a/1'), ['a/1', 'a/2-3', 'a/2/3', 'a0'])
    assert.deepEqual(await named('a', undefined, 'a/2/3'), ['a-b', 'a/1', 'a/2-3'])
    assert.deepEqual(await named('a/', 'a/10', 'a/2/4'), ['a/2-3', 'a/2/3'])
    assert.deepEqual(await named('z/', 'z/\uffee', 'z/\u{10000}'), ['z/\uffee'])
    assert.deepEqual(await named('a/', 'b'), [])
    for await (const object of bucket.list('z')) assert.deepEqual(object, await bucket.stat(object.name))
  })

  it('lists the folders directly below a folder, whatever they hold', async () => {
    for (const name of ['v=a/d=1/r/1', 'v=a/d=1/r/2', 'v=a/d=2/x', 'v=b/d=1/x', 'v=c', 'w/x', 'v=a/file']) {
      committed(await bucket.write(name, text(name), ABSENT, JSON_TYPE))
    }
    const folders = async (folder: string) => {
      const found: string[] = []
      for await (const name of bucket.listFolders(folder)) found.push(name)
      return found
    }
    assert.deepEqual(await folders(''), ['v=a/', 'v=b/', 'w/'])
    assert.deepEqual(await folders('v='), ['v=a/', 'v=b/'])
    assert.deepEqual(await folders('v=a/'), ['v=a/d=1/', 'v=a/d=2/'])
    assert.deepEqual(await folders('v=a/d=2'), ['v=a/d=2/'])
    assert.deepEqual(await folders('v=a/d=2/'), [])
    assert.deepEqual(await folders('no/'), [])
  })

  it('takes names with every character that a symbol may hold', async () => {
    const strange = ['BTC%2FUSDT.parquet', 'data_type=trades/venue=v/date=2024-01-01/a b+c&d=e?f#g.parquet', "!'()*~"]
    for (const name of strange) committed(await bucket.write(name, text(name), ABSENT, JSON_TYPE))
    assert.deepEqual(new Set(await names(bucket.list(''))), new Set(strange))
    for (const name of strange) assert.equal(Buffer.from((await bucket.read(name))!.data).toString(), name)
  })
}
