import assert from 'node:assert/strict'
import { KNOWN_DATA_TYPES } from '../../functions/market/names.ts'
import { columnsNamed, standardColumns } from '../../functions/ticks/columns.ts'
import { fieldIds } from '../../functions/ticks/field-ids.ts'
import { KIND } from '../../functions/ticks/kernel-constants.ts'

const text = (name: string) => ({ name, kind: KIND.TEXT })
const idsOf = (dataType: string) => {
  const columns = standardColumns(dataType)
  const ids = fieldIds(columns)
  return Object.fromEntries(columns.map(({ name }, c) => [name, ids[c]!]))
}

describe('field ids', () => {
  it('of released columns never change', () => {
    const common = { exchange: 1, symbol: 2, timestamp: 3, local_timestamp: 4 }
    const quote = { ask_amount: 10, ask_price: 11, bid_price: 12, bid_amount: 13 }
    const trade = { id: 5, side: 6, price: 7, amount: 8 }
    assert.deepEqual(idsOf('trades'), { ...common, ...trade })
    assert.deepEqual(idsOf('liquidations'), { ...common, ...trade })
    assert.deepEqual(idsOf('quotes'), { ...common, ...quote })
    assert.deepEqual(idsOf('book_ticker'), { ...common, ...quote })
    assert.deepEqual(idsOf('incremental_book_L2'), { ...common, is_snapshot: 9, side: 6, price: 7, amount: 8 })
    assert.deepEqual(idsOf('derivative_ticker'), {
      ...common,
      ...{ funding_timestamp: 14, funding_rate: 15, predicted_funding_rate: 16, open_interest: 17 },
      ...{ last_price: 18, index_price: 19, mark_price: 20 },
    })
    assert.deepEqual(idsOf('options_chain'), {
      ...{ ...common, type: 21, strike_price: 22, expiration: 23, open_interest: 17, last_price: 18 },
      ...{ bid_price: 12, bid_amount: 13, bid_iv: 24, ask_price: 11, ask_amount: 10, ask_iv: 25 },
      ...{ mark_price: 20, mark_iv: 26, underlying_index: 27, underlying_price: 28 },
      ...{ delta: 29, gamma: 30, vega: 31, theta: 32, rho: 33 },
    })
    assert.deepEqual(idsOf('instruments'), {
      ...{ ...common, type: 21, key: 34, base: 35, quote: 36, settlement: 37, expiry: 38, expiration: 23 },
      ...{ strike: 39, side: 6, contract_multiplier: 40, tick_size: 41, lot_size: 42 },
      ...{ available_since: 43, available_to: 44, data_types: 45, changes: 46, described_by: 47 },
    })
    const { ask_price_1, ask_amount_1, bid_price_1, bid_amount_1, ask_price_2, bid_amount_25 } =
      idsOf('book_snapshot_25')
    assert.deepEqual(
      [ask_price_1, ask_amount_1, bid_price_1, bid_amount_1, ask_price_2, bid_amount_25],
      [1000, 1001, 1002, 1003, 1004, 1099],
    )
  })

  it('are all different within a data type, and the same for a name in each', () => {
    const byName = new Map<string, number>()
    for (const dataType of KNOWN_DATA_TYPES) {
      const ids = Object.entries(idsOf(dataType))
      assert.equal(new Set(ids.map(([, id]) => id)).size, ids.length)
      for (const [name, id] of ids) {
        assert.equal(byName.get(name) ?? id, id, name)
        assert.ok(id < 1 << 20, `${dataType} ${name} is not in the table`)
        byName.set(name, id)
      }
    }
  })

  it('do not depend on the order of the columns', () => {
    const columns = columnsNamed('trades', ['price', 'rpi', 'id'])
    assert.deepEqual(fieldIds(columns.toReversed()), fieldIds(columns).toReversed())
  })

  it('of a column that is not documented are a hash of its name, above those of the table', () => {
    const [id] = fieldIds([text('rpi')])
    assert.deepEqual(fieldIds([text('rpi_2'), text('rpi')])[1], id)
    assert.ok(id! >= 1 << 20 && id! < 2 ** 31 - 201, `${id}`)
  })

  it('distinguish a documented column from one of the same name that is text for want of a type', () => {
    assert.deepEqual(fieldIds([{ name: 'price', kind: KIND.DOUBLE }]), [7])
    assert.notDeepEqual(fieldIds([text('price')]), [7])
    assert.deepEqual(fieldIds([text('id')]), [5])
  })

  it('stay different where two hashes are equal', () => {
    const [first, second] = fieldIds([text('rpi'), text('rpi')])
    assert.equal(second, first! + 1)
  })
})
