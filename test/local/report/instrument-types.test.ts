import assert from 'node:assert/strict'
import { LedgerDocumentError } from '../../../functions/ledger/document.ts'
import type { Plan } from '../../../functions/ledger/plan.ts'
import type { VendorInstruments } from '../../../functions/ledger/vendor-instruments.ts'
import { instrumentTypes, type TypesLedger } from '../../../functions/local/report/instrument-types.ts'

const DAY = { venue: 'deribit', date: '2024-08-01' }

const plan = (selectors: Plan['selectors']) => ({ selectors }) as Plan
const resolved = (selector: string, ...symbols: string[]) => ({ selector, dataTypes: ['trades'], symbols })
const listed = (types: Readonly<Record<string, string>>) =>
  ({
    instruments: Object.entries(types).map(([symbol, type]) => ({
      ...{ symbol, type, availableSince: '2020-01-01T00:00:00.000Z', dataTypes: ['trades'] },
    })),
  }) as unknown as VendorInstruments

describe('instrumentTypes', () => {
  const typesOf = async (ledger: Partial<TypesLedger>, symbols: readonly string[], venue = DAY.venue) => {
    const none = { readPlan: async () => undefined, readVendorInstruments: async () => undefined }
    const typeOf = await instrumentTypes({ ...none, ...ledger }, { ...DAY, venue })
    return symbols.map(typeOf)
  }

  it('takes the word of the saved list, then of the plan, then of the name', async () => {
    const symbols = ['BTC-PERPETUAL', 'BTC-2', 'ODD-1']
    const readPlan = async () => plan([resolved('option:*', 'BTC-PERPETUAL', 'BTC-2')])
    const readVendorInstruments = async () => listed({ 'btc-perpetual': 'combo' })
    assert.deepEqual(await typesOf({}, symbols), ['perpetual', undefined, undefined])
    assert.deepEqual(await typesOf({ readPlan }, symbols), ['option', 'option', undefined])
    assert.deepEqual(await typesOf({ readPlan, readVendorInstruments }, symbols), ['combo', 'option', undefined])
  })

  it('learns nothing from a selector without a type, and reads names by the rules of their venue', async () => {
    const readPlan = async () => plan([resolved('BTC*', 'BTCUSDT')])
    assert.deepEqual(await typesOf({ readPlan }, ['BTCUSDT'], 'x'), [undefined])
    assert.deepEqual(await typesOf({ readPlan }, ['BTCUSDT'], 'binance'), ['spot'])
    assert.deepEqual(await typesOf({ readPlan }, ['btcusdt'], 'binance-futures'), ['perpetual'])
    const both = async () => plan([resolved('option:*', 'BTCUSDT'), resolved('BTC*', 'BTCUSDT')])
    assert.deepEqual(await typesOf({ readPlan: both }, ['BTCUSDT'], 'x'), ['option'])
  })

  it('goes on without a document that is damaged, and fails where the bucket does', async () => {
    const damaged = async () => {
      throw new LedgerDocumentError('plan.json: damaged')
    }
    const readVendorInstruments = async () => listed({ X: 'spot' })
    assert.deepEqual(await typesOf({ readPlan: damaged, readVendorInstruments }, ['X']), ['spot'])
    const gone = async () => {
      throw new Error('the bucket is gone')
    }
    await assert.rejects(typesOf({ readPlan: gone }, ['X']), /the bucket is gone/)
  })
})
