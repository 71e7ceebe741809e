import assert from 'node:assert/strict'
import type { Plan } from '../../../functions/ledger/plan.ts'
import { ItemChoice, type ItemSelection } from '../../../functions/local/report/item-choice.ts'
import type { Scope } from '../../../functions/market/scope.ts'

const DAY = { venue: 'deribit', date: '2024-08-01' }
const CALL = 'BTC-27SEP24-60000-C'
const PUT = 'BTC-27SEP24-60000-P'
const SYMBOLS = [CALL, PUT, 'BTC-PERPETUAL', 'ETH-PERPETUAL', 'BTC-FS-27SEP24_PERP', 'OPTIONS', 'PERPETUALS']

const NOTHING = { readPlan: async () => undefined, readVendorInstruments: async () => undefined }

describe('ItemChoice', () => {
  const chosen = async (selection: ItemSelection, dataType = 'trades') => {
    const choice = new ItemChoice(selection, NOTHING)
    const isWanted = await choice.on(DAY)
    return { choice, symbols: SYMBOLS.filter(symbol => isWanted({ dataType, symbol })) }
  }
  const symbols = async (selection: ItemSelection) => (await chosen(selection)).symbols

  it('chooses by names, patterns, types and what is left out, as a request does', async () => {
    assert.deepEqual(await symbols({}), SYMBOLS)
    assert.deepEqual(await symbols({ symbols: ['btc-*'] }), [CALL, PUT, 'BTC-PERPETUAL', 'BTC-FS-27SEP24_PERP'])
    assert.deepEqual(await symbols({ symbols: ['btc-*'], exclude: ['*-p', '*_PERP'] }), [CALL, 'BTC-PERPETUAL'])
    assert.deepEqual(await symbols({ instrumentTypes: ['perpetual'] }), [
      'BTC-PERPETUAL',
      'ETH-PERPETUAL',
      'PERPETUALS',
    ])
    assert.deepEqual(await symbols({ instrumentTypes: ['option'], exclude: ['*-P'] }), [CALL])
    assert.deepEqual(await symbols({ symbols: ['OPTIONS', 'ETH-PERPETUAL'], instrumentTypes: ['option'] }), ['OPTIONS'])
  })

  it('never takes a grouped symbol for a pattern', async () => {
    assert.deepEqual(await symbols({ symbols: ['OPT*', 'P*'] }), [])
    assert.deepEqual(await symbols({ symbols: ['options'] }), ['OPTIONS'])
  })

  it('names the symbols whose type nothing tells, and those alone that would be chosen', async () => {
    const unknown = { choice: ['deribit BTC-FS-27SEP24_PERP'] }
    assert.deepEqual([...(await chosen({ instrumentTypes: ['combo'] })).choice.untyped], unknown.choice)
    assert.deepEqual([...(await chosen({ symbols: ['ETH*'], instrumentTypes: ['combo'] })).choice.untyped], [])
    assert.deepEqual([...(await chosen({ symbols: ['BTC*'] })).choice.untyped], [])
  })

  it('tells which types there are, a grouped symbol being of its market', async () => {
    const choice = new ItemChoice({ instrumentTypes: ['x'] }, NOTHING)
    const isWanted = await choice.on(DAY)
    assert.equal(isWanted({ dataType: 'trades', symbol: 'SPOT' }), false)
    assert.deepEqual([...choice.types], ['spot'])
  })

  it('has instruments as one item, whatever the symbols, and data types by pattern', async () => {
    const choice = new ItemChoice({ symbols: ['X'], dataTypes: ['book*', 'instruments'] }, NOTHING)
    const isWanted = await choice.on(DAY)
    const of = (dataType: string, symbol: string) => isWanted({ dataType, symbol })
    assert.deepEqual([of('instruments', 'INSTRUMENTS'), of('book_ticker', 'X'), of('trades', 'X')], [true, true, false])
    assert.deepEqual((await chosen({ dataTypes: ['quotes'] }, 'instruments')).symbols, [])
  })

  it('reads plan and list only where types are asked for', async () => {
    const read: string[] = []
    const ledger = {
      readPlan: async () => void read.push('plan'),
      readVendorInstruments: async () => void read.push('list'),
    } as unknown as typeof NOTHING
    await new ItemChoice({ symbols: ['BTC*'] }, ledger).on(DAY)
    assert.deepEqual(read, [])
    await new ItemChoice({ instrumentTypes: ['spot'] }, ledger).on(DAY)
    assert.deepEqual(read.sort(), ['list', 'plan'])
  })

  it('takes an object without a record only where no symbols are chosen', () => {
    const takes = (selection: ItemSelection) => new ItemChoice(selection, NOTHING).takesUnrecorded('trades')
    assert.deepEqual(
      [takes({}), takes({ dataTypes: ['quotes'] }), takes({ dataTypes: ['tr*'] }), takes({ exclude: ['X'] })],
      [true, false, true, false],
    )
  })

  describe('notCovered', () => {
    const ALL: Scope = { trades: 'all', quotes: ['BTC-*'] }
    const types = (selection: ItemSelection, recorded = ALL, plan?: Partial<Plan>) => {
      const readPlan = async () => plan as Plan
      return new ItemChoice(selection, NOTHING).notCovered({ readPlan }, DAY, recorded)
    }

    it('names the data types of which less was asked for', async () => {
      assert.deepEqual(await types({ symbols: ['BTC-PERPETUAL'] }), [])
      assert.deepEqual(await types({ symbols: ['ETH-PERPETUAL'] }), ['quotes'])
      assert.deepEqual(await types({ symbols: ['ETH*'], dataTypes: ['trades'] }), [])
      assert.deepEqual(await types({ symbols: ['ETH*'], dataTypes: ['quotes', 'liquidations'] }), [
        'liquidations',
        'quotes',
      ])
      assert.deepEqual(await types({ symbols: ['BTC-*'], exclude: ['*-P'] }), [])
      assert.deepEqual(await types({ exclude: ['*-P'] }), ['quotes'])
      assert.deepEqual(await types({ symbols: ['*'] }), ['quotes'])
    })

    it('takes each data type with what it was asked for, where only data types are chosen', async () => {
      assert.deepEqual(await types({ dataTypes: ['quotes'] }), [])
      assert.deepEqual(await types({ dataTypes: ['q*'] }), [])
      assert.deepEqual(await types({ dataTypes: ['liquidations'] }), ['liquidations'])
    })

    it('looks into the plan where a name may be of a type that was asked for', async () => {
      const recorded = { trades: ['option:BTC-*'] }
      const selectors = [{ selector: 'option:BTC-*', dataTypes: ['trades'], symbols: [CALL] }]
      const plan = { batches: [], unlisted: [], selectors }
      assert.deepEqual(await types({ symbols: [CALL] }, recorded, plan), [])
      assert.deepEqual(await types({ symbols: [PUT] }, recorded, plan), ['trades'])
      assert.deepEqual(await types({ symbols: ['BTC-*'] }, recorded, plan), ['trades'])
      assert.deepEqual(await types({ symbols: ['BTC-*'], instrumentTypes: ['option'] }, recorded, plan), [])
    })
  })
})
