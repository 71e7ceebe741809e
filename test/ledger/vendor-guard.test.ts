import assert from 'node:assert/strict'
import { openLedger } from '../../functions/ledger/ledger.ts'
import {
  acknowledgedUntilOf,
  acknowledges,
  blockedBy,
  isInForce,
  type VendorBlock,
} from '../../functions/ledger/vendor-block.ts'
import { type GuardServices, keyIdOf, VendorGuard } from '../../functions/ledger/vendor-guard.ts'
import { Secret } from '../../functions/runtime/config/secret.ts'
import type { LogFields } from '../../functions/runtime/log/log.ts'
import { VendorError } from '../../functions/tardis/error.ts'
import { TestClock } from '../fetch/test-clock.ts'
import { WatchedBucket } from '../fetch/watched-bucket.ts'
import { SILENT } from '../support/silent-log.ts'

const NAME = '_ledger/vendor/block.json'
const HOUR = 3_600_000

/** Instances of one function over one bucket and one clock. */
function setUp(tardisDailyBytes?: number) {
  const bucket = new WatchedBucket()
  const clock = new TestClock()
  const logged: [string, unknown][] = []
  const at = (level: string) => (_: string, fields?: LogFields) => void logged.push([level, fields?.event])
  const log = { ...SILENT, warn: at('warn'), error: at('error') }
  const services: GuardServices = { bucket, config: { gcsPrefix: 'ticks' }, clock, random: () => 0.5, log }
  const instance = (key = 'first key', readsBucket = true) =>
    new VendorGuard({ clock, config: { tardisApiKey: new Secret(key), tardisDailyBytes }, readsBucket })
  const refusal = (reason: 'quota' | 'key', hours: number) => ({
    reason,
    untilMs: clock.now() + hours * HOUR,
    message: `refused for ${hours} h`,
  })
  return { bucket, clock, logged, services, instance, refusal }
}

describe('ledger/vendor-block', () => {
  const nowMs = Date.UTC(2024, 7, 9)
  const quota = (hours: number, key = 'a') =>
    ({ reason: 'quota', untilMs: nowMs + hours * HOUR, detail: `${hours} h`, key }) as const
  const block = blockedBy(undefined, quota(2), nowMs)

  it('is in force until its time, for its key', () => {
    assert.equal(block.until, '2024-08-09T02:00:00.000Z')
    assert.equal(isInForce(block, nowMs + 2 * HOUR - 1, 'a'), true)
    assert.equal(isInForce(block, nowMs + 2 * HOUR, 'a'), false)
    assert.equal(isInForce(block, nowMs, 'another'), false)
    assert.equal(isInForce(block, nowMs), true)
  })

  it('is only made longer while it is in force, and keeps its beginning', () => {
    assert.equal(blockedBy(block, quota(1), nowMs + 1), block)
    const longer = blockedBy(block, quota(3), nowMs + 1)
    assert.deepEqual([longer.since, longer.until], [block.since, '2024-08-09T03:00:00.000Z'])
    const next = blockedBy(block, quota(9), nowMs + 3 * HOUR)
    assert.equal(next.since, '2024-08-09T03:00:00.000Z')
    assert.equal(blockedBy(block, quota(1, 'another'), nowMs).key, 'another')
  })

  it('is one outage over calls that fail soon after one another, and acknowledges messages from its second hour on', () => {
    const down = (atMs: number) => ({ reason: 'down', untilMs: atMs + HOUR / 6, detail: 'refused' }) as const
    const first = blockedBy(undefined, down(nowMs), nowMs)
    assert.deepEqual([acknowledges(first), acknowledgedUntilOf(first)], [false, undefined])
    const late = nowMs + HOUR / 6 + HOUR / 5
    const second = blockedBy(first, down(late), late)
    assert.equal(second.since, first.since)
    const separate = blockedBy(first, down(late + HOUR / 10), late + HOUR / 10)
    assert.notEqual(separate.since, first.since)
    let block = second
    for (let atMs = late; !acknowledges(block); atMs += HOUR / 5) block = blockedBy(block, down(atMs), atMs)
    assert.equal(Date.parse(block.until) - nowMs >= 2 * HOUR, true)
    assert.equal(Date.parse(block.until) - nowMs < 2.5 * HOUR, true)
    assert.equal(acknowledgedUntilOf(block), block.until)
    const next = blockedBy(block, down(nowMs + 9 * HOUR), nowMs + 9 * HOUR)
    assert.deepEqual([acknowledges(next), acknowledgedUntilOf(next)], [false, block.until])
  })
})

describe('ledger/vendor-guard', () => {
  it('blocks this process at once and others after their next look, until the time is over', async () => {
    const { clock, services, instance, refusal, logged } = setUp()
    const [one, other] = [instance(), instance()]
    assert.equal(await other.look(services), undefined)
    await one.refused(refusal('quota', 1), services)
    assert.equal(one.inForce()?.reason, 'quota')
    assert.equal(await other.look(services), undefined, 'it has looked just now')
    clock.advance(30_000)
    assert.equal((await other.look(services))?.detail, 'refused for 1 h')
    clock.advance(HOUR)
    assert.equal(await one.look(services), undefined)
    assert.equal(await other.look(services), undefined)
    assert.deepEqual(logged, [['warn', 'vendor_quota']])
  })

  it('does not read the bucket more often than every 30 s', async () => {
    const { bucket, clock, services, instance } = setUp()
    let reads = 0
    bucket.beforeRead = async () => void reads++
    const guard = instance()
    for (let n = 0; n < 5; n++) await guard.look(services)
    assert.equal(reads, 1)
    clock.advance(30_000)
    await guard.look(services)
    assert.equal(reads, 2)
  })

  it('is not shortened by a rival, and is replaced by what another key is refused', async () => {
    const { bucket, services, instance, refusal } = setUp()
    await instance().refused(refusal('quota', 5), services)
    const first = bucket.json(NAME)
    await instance().refused(refusal('key', 1), services)
    assert.deepEqual(bucket.json(NAME), first)
    const second = instance('second key')
    assert.equal(await second.look(services), undefined, 'another key is tried')
    await second.refused(refusal('key', 1), services)
    assert.equal((bucket.json(NAME) as VendorBlock).key, keyIdOf({ tardisApiKey: new Secret('second key') }))
  })

  it('logs a refused key as an error with an event of its own, and never the key', async () => {
    const { bucket, services, instance, refusal, logged } = setUp()
    await instance('TD.secret').refused(refusal('key', 1), services)
    assert.deepEqual(logged, [['error', 'vendor_key_refused']])
    assert.equal(JSON.stringify(bucket.json(NAME)).includes('secret'), false)
  })

  it('is in force in this process where it cannot be written, and written before the message is acknowledged', async () => {
    const { bucket, services, instance, refusal } = setUp()
    const guard = instance()
    bucket.beforeWrite = async () => {
      throw new Error('bucket down')
    }
    await guard.refused(refusal('quota', 1), services)
    assert.equal(guard.inForce()?.reason, 'quota')
    await assert.rejects(guard.recorded(services), /bucket down/)
    bucket.beforeWrite = async () => {}
    await guard.recorded(services)
    assert.equal((bucket.json(NAME) as VendorBlock).reason, 'quota')
  })

  it('does not read what others noted where a person runs a command', async () => {
    const { clock, services, instance, refusal } = setUp()
    await instance().refused(refusal('quota', 1), services)
    const local = instance('first key', false)
    assert.equal(await local.look(services), undefined)
    clock.advance(1)
    await local.refused(refusal('quota', 1), services)
    assert.equal((await local.look(services))?.reason, 'quota')
  })

  it('takes a damaged block for none, and replaces it', async () => {
    const { bucket, services, instance, refusal } = setUp()
    await bucket.write(NAME, Buffer.from('{'), '0', { contentType: 'application/json' })
    const guard = instance()
    assert.equal(await guard.look(services), undefined)
    await guard.refused(refusal('quota', 1), services)
    assert.equal((await openLedger(bucket, 'ticks').readVendorBlock())?.reason, 'quota')
  })
})

describe('ledger/vendor-guard, TARDIS_DAILY_BYTES', () => {
  const USAGE = '_ledger/vendor/usage/date=2024-08-10.json'
  async function receive(guard: VendorGuard, bytes: number) {
    async function* body() {
      yield new Uint8Array(bytes)
    }
    for await (const _ of guard.metered(body()));
  }

  it('counts what all instances receive, and blocks the vendor until 00:00 UTC where it is reached', async () => {
    const { bucket, clock, services, instance } = setUp(1_000)
    const [one, other] = [instance(), instance()]
    await receive(one, 600)
    await one.spent(services)
    await receive(other, 399)
    await other.recorded(services)
    assert.deepEqual([bucket.json(USAGE).bytes, one.inForce(), other.inForce()], [999, undefined, undefined])
    await receive(one, 2)
    await one.spent(services)
    assert.deepEqual([bucket.json(USAGE).bytes, one.inForce()?.until], [1_001, '2024-08-11T00:00:00.000Z'])
    assert.match(one.inForce()!.detail, /1001 bytes were received today, TARDIS_DAILY_BYTES is 1000/)
    clock.advance(30_000)
    assert.equal((await other.look(services))?.reason, 'quota')
    clock.advance(12 * HOUR)
    assert.equal(await other.look(services), undefined, 'a new day')
  })

  it('writes shares of the limit only, the rest at the end, and nothing without a limit', async () => {
    const { bucket, services, instance } = setUp(1_000_000)
    const guard = instance()
    await receive(guard, 1_999)
    await guard.spent(services)
    assert.equal(bucket.has(USAGE), false)
    await guard.recorded(services)
    assert.equal(bucket.json(USAGE).bytes, 1_999)
    const free = setUp()
    await receive(free.instance(), 10)
    await free.instance().recorded(free.services)
    assert.equal(free.bucket.contents().size, 0)
  })

  it('keeps for later what the bucket does not take', async () => {
    const { bucket, services, instance } = setUp(1_000)
    const guard = instance()
    bucket.beforeWrite = async () => {
      throw new Error('bucket down')
    }
    await receive(guard, 500)
    await guard.recorded(services)
    bucket.beforeWrite = async () => {}
    await guard.recorded(services)
    assert.equal(bucket.json(USAGE).bytes, 500)
  })
})

describe('ledger/vendor-guard, a vendor that does not respond', () => {
  const DOWN = new VendorError('connection refused', { retryable: true })
  const guardOf = (clock: TestClock, stopsWhenDown = true) =>
    new VendorGuard({ clock, config: { tardisApiKey: undefined, tardisDailyBytes: undefined }, stopsWhenDown })

  it('blocks it for 10 minutes after three failed calls in a row', async () => {
    const { bucket, clock, logged, services } = setUp()
    const guard = guardOf(clock)
    for (let call = 0; call < 2; call++) await guard.failed(DOWN, services)
    guard.responded()
    for (let call = 0; call < 2; call++) await guard.failed(DOWN, services)
    assert.equal(guard.inForce(), undefined)
    await guard.failed(new VendorError('answered 503', { retryable: true, status: 503 }), services)
    assert.equal(guard.inForce()?.reason, 'down')
    assert.deepEqual(bucket.json(NAME), guard.inForce())
    assert.deepEqual(logged, [['warn', 'vendor_down']])
    clock.advance(HOUR / 6)
    assert.equal(guard.inForce(), undefined)
  })

  it('takes no other error for an outage, and blocks nothing where messages do not come again by themselves', async () => {
    const { clock, services } = setUp()
    const [guard, local] = [guardOf(clock), guardOf(clock, false)]
    const others = [
      new VendorError('answered 429', { retryable: true, status: 429 }),
      new VendorError('answered 418', { retryable: false, status: 418 }),
      new Error('bucket down'),
    ]
    for (let call = 0; call < 9; call++) await guard.failed(others[call % 3], services)
    for (let call = 0; call < 9; call++) await local.failed(DOWN, services)
    assert.deepEqual([guard.inForce(), local.inForce()], [undefined, undefined])
  })

  it('is blocked again by the first call that fails after the block, also in another instance, and free after a response', async () => {
    const { clock, services } = setUp()
    const [one, other] = [guardOf(clock), guardOf(clock)]
    for (let call = 0; call < 3; call++) await one.failed(DOWN, services)
    const { since } = one.inForce()!
    clock.advance(HOUR / 6)
    assert.equal(await other.look(services), undefined)
    await other.failed(DOWN, services)
    assert.equal(other.inForce()?.since, since)
    clock.advance(HOUR / 6)
    other.responded()
    await other.failed(DOWN, services)
    assert.equal(other.inForce(), undefined)
  })

  it('forgets an outage of long ago', async () => {
    const { clock, services } = setUp()
    const [one, other] = [guardOf(clock), guardOf(clock)]
    for (let call = 0; call < 3; call++) await one.failed(DOWN, services)
    clock.advance(HOUR)
    await other.look(services)
    await other.failed(DOWN, services)
    assert.equal(other.inForce(), undefined)
  })
})
