import assert from 'node:assert/strict'
import { encodeDocument } from '../../functions/ledger/document.ts'
import {
  type Asked,
  afterLook,
  isDue,
  type KeptRequest,
  keptRequest,
  openedBy,
  requestIdOf,
  withRound,
} from '../../functions/ledger/request.ts'

const NOW = Date.UTC(2024, 7, 10, 12)
const DAY_MS = 86_400_000
const ASKED: Asked = { venues: ['binance'], startDate: '2024-08-01', endDate: '2024-08-08', dataTypes: ['trades'] }
const ID = requestIdOf(ASKED, 'm1')
const OPEN = openedBy(undefined, ID, ASKED, NOW)
const states = (request: KeptRequest) => [request.state, request.openUntil]

describe('ledger/request', () => {
  it('has an id by its content; by its message where it does things again', () => {
    const same = { ...ASKED, venues: ['b', 'a'], dataTypes: ['trades', 'quotes'] }
    assert.equal(
      requestIdOf(same, '1'),
      requestIdOf({ ...same, venues: ['a', 'b'], dataTypes: ['quotes', 'trades'] }, '2'),
    )
    assert.notEqual(ID, requestIdOf({ ...ASKED, symbols: ['BTCUSDT'] }, 'm1'))
    const forced = { ...ASKED, force: true as const }
    assert.equal(requestIdOf(forced, 'm1'), requestIdOf(forced, 'm1'))
    assert.equal(new Set([ID, requestIdOf(forced, 'm1'), requestIdOf(forced, 'm2')]).size, 3)
  })

  it('fits its schema, and is opened again where it has ended', () => {
    encodeDocument(keptRequest, 'request', withRound(OPEN, NOW))
    const begun = withRound(OPEN, NOW)
    assert.equal(openedBy(begun, ID, ASKED, NOW + 1), begun)
    for (const state of ['complete', 'given-up'] as const) {
      const again = openedBy({ ...begun, state, openUntil: '2024-08-01' }, ID, ASKED, NOW + 1)
      assert.deepEqual([again.state, again.openUntil, again.rounds], ['open', '2024-08-08', 0])
    }
  })

  it('moves down over the days that are complete, and is complete at the end', () => {
    const first = afterLook(OPEN, { endDate: '2024-08-08', downTo: '2024-08-06', open: undefined }, NOW)
    assert.deepEqual(states(first), ['open', '2024-08-05'])
    const second = afterLook(first, { endDate: '2024-08-05', downTo: '2024-08-01', open: '2024-08-03' }, NOW)
    assert.deepEqual(states(second), ['open', '2024-08-03'])
    const last = afterLook(second, { endDate: '2024-08-03', downTo: '2024-08-01', open: undefined }, NOW)
    assert.deepEqual([last.state, last.endedAt], ['complete', new Date(NOW).toISOString()])
  })

  it('takes no notice of a look at earlier days while later ones are open, nor of one that comes late', () => {
    const open = afterLook(OPEN, { endDate: '2024-08-08', downTo: '2024-08-05', open: '2024-08-07' }, NOW)
    assert.equal(afterLook(open, { endDate: '2024-08-04', downTo: '2024-08-01', open: undefined }, NOW), open)
    const late = afterLook(
      { ...OPEN, openUntil: '2024-08-02' },
      { endDate: '2024-08-08', downTo: '2024-08-06', open: undefined },
      NOW,
    )
    assert.deepEqual(states(late), ['open', '2024-08-02'])
    const given = { ...OPEN, state: 'given-up' as const }
    assert.equal(afterLook(given, { endDate: '2024-08-08', downTo: '2024-08-01', open: undefined }, NOW), given)
  })

  it('is due without a round, after a block, and three days after a round', () => {
    const { lastRoundAt } = withRound(OPEN, NOW)
    const since = new Date(NOW - DAY_MS).toISOString()
    const at = (ms: number) => ({ reason: 'quota' as const, since, until: new Date(ms).toISOString() })
    assert.equal(isDue({}, undefined, NOW), true)
    assert.equal(isDue({ lastRoundAt: lastRoundAt! }, undefined, NOW + 3 * DAY_MS - 1), false)
    assert.equal(isDue({ lastRoundAt: lastRoundAt! }, undefined, NOW + 3 * DAY_MS), true)
    assert.equal(isDue({ lastRoundAt: lastRoundAt! }, at(NOW - 1), NOW + 1), false)
    assert.equal(isDue({ lastRoundAt: lastRoundAt! }, at(NOW + 1), NOW + 2), true)
  })
})
