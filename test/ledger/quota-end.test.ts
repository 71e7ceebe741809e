import assert from 'node:assert/strict'
import { openLedger } from '../../functions/ledger/ledger.ts'
import { blockedBy, isBoundByQuota, type VendorBlock } from '../../functions/ledger/vendor-block.ts'
import { type Refused, VendorGuard } from '../../functions/ledger/vendor-guard.ts'
import { Secret } from '../../functions/runtime/config/secret.ts'
import { nextMidnightMs } from '../../functions/tardis/refusal.ts'
import { TestClock } from '../fetch/test-clock.ts'
import { WatchedBucket } from '../fetch/watched-bucket.ts'
import { SILENT } from '../support/silent-log.ts'

const NAME = '_ledger/vendor/block.json'
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const NOON_MS = Date.parse('2024-08-08T12:00:00Z')
const MIDNIGHT_MS = nextMidnightMs(NOON_MS)

const quota = { reason: 'quota', detail: 'used up', untilMs: MIDNIGHT_MS, key: 'a' } as const
const ended = blockedBy(undefined, quota, NOON_MS)

describe('ledger/vendor-block: the end of the daily quota', () => {
  it('binds the account until the end of the next UTC day, and no longer', () => {
    assert.equal(ended.quotaEndedAt, '2024-08-08T12:00:00.000Z')
    const at = [NOON_MS, MIDNIGHT_MS, MIDNIGHT_MS + DAY - 1, MIDNIGHT_MS + DAY]
    assert.deepEqual(
      at.map(ms => isBoundByQuota(ended, ms, 'a')),
      [true, true, true, false],
    )
    const late = blockedBy(undefined, quota, MIDNIGHT_MS - 1)
    assert.deepEqual(
      at.slice(1).map(ms => isBoundByQuota(late, ms, 'a')),
      [true, true, false],
    )
  })

  it('is kept by later blocks for other reasons, and moved on by the next end', () => {
    const later = MIDNIGHT_MS + 7 * HOUR
    const down = blockedBy(ended, { reason: 'down', detail: '503', untilMs: later + 10 * MINUTE, key: 'a' }, later)
    assert.deepEqual([down.reason, down.quotaEndedAt], ['down', ended.quotaEndedAt])
    const next = blockedBy(down, { ...quota, untilMs: MIDNIGHT_MS + DAY }, later + HOUR)
    assert.equal(next.quotaEndedAt, '2024-08-09T08:00:00.000Z')
  })

  it('is of its key: another one has a quota of its own', () => {
    assert.equal(isBoundByQuota(ended, NOON_MS, 'b'), false)
    assert.equal(isBoundByQuota(ended, NOON_MS, undefined), true)
    const refusedKey = { reason: 'key', detail: '401', untilMs: NOON_MS + HOUR, key: 'b' } as const
    assert.equal(blockedBy(ended, refusedKey, NOON_MS).quotaEndedAt, undefined)
  })

  it('is not what a refused key, an outage or a limit of our own is', () => {
    for (const refusal of [
      { ...quota, reason: 'key' as const },
      { ...quota, reason: 'down' as const },
      { ...quota, isOwnLimit: true },
    ])
      assert.equal(blockedBy(undefined, refusal, NOON_MS).quotaEndedAt, undefined)
  })
})

describe('ledger/vendor-guard: the end of the daily quota', () => {
  function setUp(tardisDailyBytes?: number) {
    const bucket = new WatchedBucket()
    const clock = new TestClock()
    const services = { bucket, config: { gcsPrefix: 'ticks' }, clock, random: () => 0.5, log: SILENT }
    const config = { tardisApiKey: new Secret('the key'), tardisDailyBytes }
    const instance = () => new VendorGuard({ clock, config })
    const refused = (): Refused => ({ reason: 'quota', untilMs: nextMidnightMs(clock.now()), message: 'used up' })
    return { bucket, clock, services, instance, refused }
  }

  it('reaches other instances through the bucket, and is over where a whole day passes without one', async () => {
    const { clock, services, instance, refused } = setUp()
    const [one, other] = [instance(), instance()]
    const bound = async () => {
      for (const guard of [one, other]) await guard.look(services)
      return [one, other].map(guard => guard.isBoundByQuota())
    }
    const toNextDay = () => clock.advance(nextMidnightMs(clock.now()) - clock.now() + HOUR)
    assert.deepEqual(await bound(), [false, false])
    clock.advance(HOUR)
    await one.refused(refused(), services)
    assert.deepEqual(await bound(), [true, true], 'on the day itself')
    toNextDay()
    assert.deepEqual([await bound(), one.inForce()], [[true, true], undefined], 'on the next day, which is not blocked')
    toNextDay()
    assert.deepEqual(await bound(), [false, false], 'nothing was refused for a day')
    await other.refused(refused(), services)
    toNextDay()
    assert.deepEqual(await bound(), [true, true], 'it ended again')
  })

  it('makes instances look every second for what others noted, which is every 30 s otherwise', async () => {
    const { bucket, clock, services, instance, refused } = setUp()
    const guard = instance()
    await guard.refused(refused(), services)
    clock.advance(nextMidnightMs(clock.now()) - clock.now())
    let reads = 0
    bucket.beforeRead = async () => void reads++
    for (const ms of [0, 999, 1]) {
      clock.advance(ms)
      await guard.look(services)
    }
    assert.equal(reads, 2)
  })

  it('is not noted where TARDIS_DAILY_BYTES is reached, because the vendor refuses nothing then', async () => {
    const { bucket, services, instance } = setUp(100)
    const guard = instance()
    async function* body() {
      yield new Uint8Array(100)
    }
    for await (const _ of guard.metered(body()));
    await guard.recorded(services)
    assert.deepEqual([guard.inForce()?.reason, guard.isBoundByQuota()], ['quota', false])
    assert.equal('quotaEndedAt' in (bucket.json(NAME) as VendorBlock), false)
  })

  it('is unknown from a block of an older release, which is read and only made longer', async () => {
    const { bucket, clock, services, instance, refused } = setUp()
    const since = new Date(clock.now() - HOUR).toISOString()
    const until = new Date(clock.now() + 1).toISOString()
    const old = { schemaVersion: 1, reason: 'quota', since, until, detail: 'used up', acknowledgedUntil: until }
    await bucket.write(NAME, Buffer.from(JSON.stringify(old)), '0', { contentType: 'application/json' })
    const guard = instance()
    assert.deepEqual([(await guard.look(services))?.since, guard.isBoundByQuota()], [since, false])
    clock.advance(1)
    await guard.refused(refused(), services)
    const now = new Date(clock.now()).toISOString()
    assert.equal((await openLedger(bucket, 'ticks').readVendorBlock())?.quotaEndedAt, now)
    assert.equal(guard.isBoundByQuota(), true)
  })
})
