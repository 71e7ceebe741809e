import assert from 'node:assert/strict'
import { acknowledges, blockedBy, isInForce, isOngoingOutage } from '../../functions/ledger/vendor-block.ts'
import { keyIdOf, type Refused, VendorGuard } from '../../functions/ledger/vendor-guard.ts'
import { Secret } from '../../functions/runtime/config/secret.ts'
import type { LogFields } from '../../functions/runtime/log/log.ts'
import { TestClock } from '../fetch/test-clock.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'
import { SILENT } from '../support/silent-log.ts'

const MINUTE_MS = 60_000
const NOW_MS = Date.parse('2024-08-08T12:00:00Z')
const at = (ms: number) => new Date(NOW_MS + ms).toISOString()

describe('ledger/vendor-block: bounds', () => {
  it('is in force before its time, not at it, and for every key where it names none', () => {
    assert.equal(isInForce({ until: at(1) }, NOW_MS, 'mine'), true)
    assert.equal(isInForce({ until: at(0) }, NOW_MS, 'mine'), false)
    assert.equal(isInForce({ until: at(1), key: 'other' }, NOW_MS), true)
  })

  it('is of an outage that goes on for less than 15 minutes after it', () => {
    const until = at(-15 * MINUTE_MS)
    assert.equal(isOngoingOutage({ reason: 'down', until }, NOW_MS - 1), true)
    assert.equal(isOngoingOutage({ reason: 'down', until }, NOW_MS), false)
    assert.equal(isOngoingOutage({ reason: 'quota', until }, NOW_MS - 1), false)
  })

  it('acknowledges messages from two hours of an outage on, and at once for any other reason', () => {
    const ofLength = (reason: 'down' | 'quota', ms: number) => acknowledges({ reason, since: at(0), until: at(ms) })
    assert.equal(ofLength('down', 120 * MINUTE_MS - 1), false)
    assert.equal(ofLength('down', 120 * MINUTE_MS), true)
    assert.equal(ofLength('quota', 1), true)
  })

  it('begins anew for another reason, and stays as it is where it is as long already', () => {
    const refusal = { reason: 'quota', detail: 'used up', untilMs: NOW_MS + MINUTE_MS } as const
    const first = blockedBy(undefined, refusal, NOW_MS)
    assert.equal(blockedBy(first, { ...refusal, detail: 'again' }, NOW_MS + 1), first)
    const longer = blockedBy(first, { ...refusal, untilMs: NOW_MS + 2 * MINUTE_MS }, NOW_MS + 1)
    assert.deepEqual([longer.since, longer.until], [at(0), at(2 * MINUTE_MS)])
    const other = blockedBy(first, { ...refusal, reason: 'key', untilMs: NOW_MS + 2 * MINUTE_MS }, NOW_MS + 1)
    assert.deepEqual([other.reason, other.since], ['key', at(1)])
  })
})

describe('ledger/vendor-guard: what it logs and stores', () => {
  it('says what is wrong, since when and until when, with an event for each reason', async () => {
    const EVENTS: readonly (readonly [Refused['reason'], RegExp, LogFields])[] = [
      ['key', /^Tardis refuses the API key, nothing is requested until 2/, { event: 'vendor_key_refused' }],
      ['quota', /^Tardis's daily quota is used up, nothing is requested until 2/, { event: 'vendor_quota' }],
      ['down', /^Tardis does not respond, nothing is requested until 2/, { event: 'vendor_down', minutes: 10 }],
    ]
    for (const [reason, message, fields] of EVENTS) {
      const clock = new TestClock()
      const logged: { message: string; fields: LogFields | undefined }[] = []
      const write = (text: string, more?: LogFields) => void logged.push({ message: text, fields: more })
      const services = { bucket: new MemoryBucket(), config: { gcsPrefix: 'ticks' }, clock, random: () => 0.5 }
      const guard = new VendorGuard({ clock, config: { tardisApiKey: undefined, tardisDailyBytes: undefined } })
      const untilMs = clock.now() + 10 * MINUTE_MS
      const log = { ...SILENT, warn: write, error: write }
      await guard.refused({ reason, untilMs, message: 'as it said' }, { ...services, log })
      assert.equal(logged.length, 1)
      assert.match(logged[0]!.message, message)
      const [since, until] = [clock.now(), untilMs].map(ms => new Date(ms).toISOString())
      assert.deepEqual(logged[0]!.fields, { since, until, reason: 'as it said', ...fields })
    }
  })

  it('names a key by 12 digits of its hash, and no key by nothing', () => {
    const id = keyIdOf({ tardisApiKey: new Secret('TD.some-key') })
    assert.match(id!, /^[0-9a-f]{12}$/)
    assert.notEqual(keyIdOf({ tardisApiKey: new Secret('TD.some-kez') }), id)
    assert.equal(keyIdOf({ tardisApiKey: undefined }), undefined)
  })
})
