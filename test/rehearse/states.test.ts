import assert from 'node:assert/strict'
import { findBottleneck, States, stateOf, type Visible } from './states.ts'

const idle = { busy: 0, maxInstances: 10 }
const full = { busy: 9, maxInstances: 10 }
const none = { waiting: 0, open: 0 }
const QUIET: Visible = {
  servers: { isKeyRefused: false, isDown: false, isQuotaUsedUp: false },
  fleets: { schedule: idle, fetch: idle, aggregate: idle },
  subscriptions: { schedule: none, fetch: none, aggregate: none },
}

describe('the state of a backfill', () => {
  const cases: readonly [string, Visible][] = [
    ['key refused', { ...QUIET, servers: { isKeyRefused: true, isDown: false, isQuotaUsedUp: true } }],
    ['vendor down', { ...QUIET, servers: { isKeyRefused: false, isDown: true, isQuotaUsedUp: false } }],
    ['daily quota', { ...QUIET, servers: { isKeyRefused: false, isDown: false, isQuotaUsedUp: true } }],
    ['fetch instances', { ...QUIET, fleets: { ...QUIET.fleets, fetch: full } }],
    ['aggregate instances', { ...QUIET, fleets: { ...QUIET.fleets, aggregate: full } }],
    ['schedule instances', { ...QUIET, fleets: { ...QUIET.fleets, schedule: full } }],
    ['delivery of messages', { ...QUIET, subscriptions: { ...QUIET.subscriptions, fetch: { waiting: 1, open: 1 } } }],
    ['nothing asked for', QUIET],
  ]
  for (const [state, visible] of cases) it(state, () => assert.equal(stateOf(visible), state))
})

describe('the bottleneck', () => {
  const statesOf = (...seen: readonly Visible[]) => {
    const states = new States()
    for (const visible of seen) states.look(visible, 1)
    return states
  }
  const busy = { ...QUIET, fleets: { ...QUIET.fleets, fetch: full } }

  it('is the state that most of the time went to, with its share', () => {
    const quota = { ...QUIET, servers: { ...QUIET.servers, isQuotaUsedUp: true } }
    const { name, share } = findBottleneck(statesOf(quota, busy, quota), { wait: 'CPU', share: 0.9 })
    assert.equal(name, 'daily quota')
    assert.equal(share.toFixed(3), '0.667')
  })

  it('is the daily quota on all of a day on which it is used up in the end, and on no other day', () => {
    const quota = { ...QUIET, servers: { ...QUIET.servers, isQuotaUsedUp: true } }
    const states = new States()
    for (const [visible, day] of [
      [QUIET, 1],
      [QUIET, 2],
      [QUIET, 2],
      [quota, 2],
      [QUIET, 3],
    ] as const)
      states.look(visible, day)
    assert.equal(states.counts['daily quota'], 3)
    assert.equal(states.counts['nothing asked for'], 2)
  })

  it('is what busy instances wait for most of the time, where they share it', () => {
    const of = (wait: 'bucket' | 'rate limit' | 'CPU', share: number) =>
      findBottleneck(statesOf(busy), { wait, share }).name
    assert.equal(of('bucket', 0.6), 'bucket')
    assert.equal(of('rate limit', 0.6), 'rate limit')
    assert.equal(of('bucket', 0.4), 'fetch instances')
    assert.equal(of('CPU', 0.9), 'fetch instances')
  })
})
