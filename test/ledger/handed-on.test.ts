import assert from 'node:assert/strict'
import { type Asked, handedOnBy, openedBy, requestIdOf, withHandedOn } from '../../functions/ledger/request.ts'

const ASKED: Asked = { venues: ['deribit'], startDate: '2024-08-01', endDate: '2024-08-08', dataTypes: ['trades'] }
const OPEN = openedBy(undefined, requestIdOf(ASKED, 'm1'), ASKED, Date.UTC(2024, 7, 10))

describe('ledger/request: what messages handed on', () => {
  it('is known by message, the latest of each', () => {
    assert.equal(handedOnBy(OPEN, 'a'), undefined)
    const first = withHandedOn(withHandedOn(OPEN, 'a', '2024-08-05'), 'b', '2024-08-04')
    assert.deepEqual([handedOnBy(first, 'a'), handedOnBy(first, 'b')], ['2024-08-05', '2024-08-04'])
    assert.equal(handedOnBy(first, 'c'), undefined)
    const again = withHandedOn(first, 'a', '2024-08-03')
    assert.deepEqual(again.handedOn, [
      { message: 'b', endDate: '2024-08-04' },
      { message: 'a', endDate: '2024-08-03' },
    ])
    assert.equal(again.asked, OPEN.asked)
  })

  it('is forgotten of all but the last hundred messages', () => {
    let request = OPEN
    for (let n = 0; n <= 100; n++) request = withHandedOn(request, `m${n}`, '2024-08-05')
    assert.equal(request.handedOn?.length, 100)
    assert.equal(handedOnBy(request, 'm0'), undefined)
    assert.equal(handedOnBy(request, 'm1'), '2024-08-05')
    assert.equal(handedOnBy(request, 'm100'), '2024-08-05')
  })

  it('is not noted of a request that has ended', () => {
    const ended = { ...OPEN, state: 'complete' as const }
    assert.equal(withHandedOn(ended, 'a', '2024-08-05'), ended)
  })
})

describe('ledger/request: the id', () => {
  it('is one of the types and patterns too, in any order', () => {
    const id = (more: Partial<Asked>) => requestIdOf({ ...ASKED, ...more }, 'm1')
    const types = ['option', 'future'] as Asked['instrumentTypes']
    const ids = [
      id({}),
      id({ instrumentTypes: types }),
      id({ exclude: ['BTC-*'] }),
      id({ exclude: ['ETH-*'] }),
      id({ instrumentTypes: types, exclude: ['BTC-*'] }),
    ]
    assert.equal(new Set(ids).size, 5)
    assert.equal(id({ instrumentTypes: types!.toReversed() }), ids[1])
    assert.equal(id({ exclude: ['b', 'a'] }), id({ exclude: ['a', 'b'] }))
  })

  it('stays as it was in earlier releases where neither is named', () => {
    assert.equal(requestIdOf(ASKED, 'm1'), '01a8545327bdf2eb')
  })
})
