import assert from 'node:assert/strict'
import { KernelHarness } from '../../support/kernel-harness.ts'
import { randomFrom } from '../../support/random.ts'

const harness = new KernelHarness()
const { kernel } = harness

/** The counts of each bucket, those of negative latencies behind the others. */
function counts(): number[] {
  const size = 2 * kernel.LATENCY_BUCKETS.value
  const kept = new Uint32Array(kernel.memory.buffer, kernel.LATENCIES.value, 2 * size)
  return Array.from({ length: size }, (_, bucket) => kept[bucket]! + kept[size + bucket]!)
}

/** What adding these rows leaves; times are made from the latencies. Without flags every row has the time. */
function add(
  sent: readonly bigint[],
  latencies: readonly bigint[],
  isSent?: readonly boolean[],
  isReceived?: readonly boolean[],
) {
  harness.reset()
  const from = harness.put(BigInt64Array.from(sent))
  const to = harness.put(BigInt64Array.from(sent, (time, row) => time + latencies[row]!))
  const validity = isSent ? harness.putBits(isSent) : 0
  const received = isReceived ? harness.putBits(isReceived) : 0
  kernel.beginLatencies()
  kernel.addLatencies(to, received, from, validity, sent.length)
  const { smallestLatency, largestLatency, sentOutOfOrder } = kernel
  return {
    counts: counts(),
    smallest: smallestLatency.value,
    largest: largestLatency.value,
    outOfOrder: sentOutOfOrder.value,
  }
}

const ascending = (a: bigint, b: bigint) => Number(a - b)

describe('latencies in the kernel', () => {
  it('have the same buckets and extremes in whole blocks as row by row', () => {
    const random = randomFrom(1)
    for (const bits of [1, 6, 20, 31, 45, 46, 52, 60])
      for (const rows of [0, 1, 63, 64, 65, 128, 200]) {
        const sent = Array.from({ length: rows }, () => BigInt(random(1000)))
        const sign = () => (random(2) === 0 ? 1n : -1n)
        const latencies = sent.map(
          () => sign() * BigInt(Math.floor((random(2 ** 31) / 2 ** 31) * 2 ** random(bits + 1))),
        )
        const inBlocks = add(sent, latencies)
        const all = sent.map(() => true)
        assert.deepEqual(inBlocks, add(sent, latencies, all, all), `${rows} rows, ${bits} bits`)
        assert.equal(inBlocks.outOfOrder, sent.filter((time, row) => row > 0 && time < sent[row - 1]!).length)
        if (rows === 0) continue
        assert.equal(inBlocks.smallest, latencies.toSorted(ascending)[0])
        assert.equal(inBlocks.largest, latencies.toSorted(ascending).at(-1))
        assert.equal(
          inBlocks.counts.reduce((sum, count) => sum + count),
          rows,
        )
      }
  })

  it('begin a bucket with each of 32 parts of a power of two', () => {
    const bucketOf = (latency: bigint) => add(Array(64).fill(0n), Array(64).fill(latency)).counts.indexOf(64)
    assert.equal(bucketOf(0n), 0)
    const negative = kernel.LATENCY_BUCKETS.value
    for (let power = 0n; power < 45n; power++)
      for (const part of [0n, 1n, 30n, 31n]) {
        const size = (32n + part) << power
        const first = size >> 5n
        const bucket = Number(32n * (power + 1n) + part)
        if (first << 5n !== size) continue
        assert.equal(bucketOf(first), bucket, `${first}`)
        assert.equal(bucketOf(-first), negative + bucket, `−${first}`)
        if (power > 5n) assert.equal(bucketOf(first - 1n), bucket - 1, `${first - 1n}`)
      }
    assert.equal(bucketOf(1n << 45n), negative - 1)
    assert.equal(bucketOf(-(1n << 62n)), 2 * negative - 1)
  })

  it('are those of the rows that have both times, where times are missing', () => {
    const random = randomFrom(6)
    const some = (rows: number) => Array.from({ length: rows }, () => random(3) > 0)
    for (const rows of [1, 2, 9, 64, 130])
      for (const [isSent, isReceived] of [
        [some(rows), some(rows)],
        [undefined, some(rows)],
        [some(rows), undefined],
      ]) {
        const sent = Array.from({ length: rows }, () => BigInt(random(50)))
        const latencies = sent.map(() => BigInt(random(4000) - 2000))
        const found = add(sent, latencies, isSent, isReceived)
        const times = sent.filter((_, row) => isSent?.[row] ?? true)
        assert.equal(found.outOfOrder, times.filter((time, i) => i > 0 && time < times[i - 1]!).length)
        const both = latencies.filter((_, row) => (isSent?.[row] ?? true) && (isReceived?.[row] ?? true))
        assert.equal(
          found.counts.reduce((sum, count) => sum + count),
          both.length,
        )
        if (both.length === 0) continue
        const sorted = both.toSorted(ascending)
        assert.deepEqual([found.smallest, found.largest], [sorted[0], sorted.at(-1)])
      }
  })

  it('compare a row group with the last row of the one before', () => {
    add(Array(64).fill(10n), Array(64).fill(0n))
    harness.reset()
    for (const first of [9n, 10n]) {
      const times = harness.put(BigInt64Array.from({ length: 64 }, () => first))
      kernel.addLatencies(times, 0, times, 0, 64)
    }
    assert.equal(kernel.sentOutOfOrder.value, 1)
  })
})
