import assert from 'node:assert/strict'
import { instrumentText } from '../../functions/fetch/instrument-rows.ts'
import type { VendorInstrument, VendorInstruments } from '../../functions/ledger/vendor-instruments.ts'
import { standardColumns } from '../../functions/ticks/columns.ts'
import { columnsOfHeader } from '../../functions/ticks/header.ts'

const LISTED = { availableSince: '2020-01-01T00:00:00.000Z', dataTypes: ['trades', 'quotes'] }
const one = (symbol: string, type: string, described?: Partial<NonNullable<VendorInstrument['described']>>) => ({
  ...{ symbol, type, ...LISTED },
  ...(described && { described: { changes: [], ...described } }),
})
const textOf = (venue: string, ...instruments: VendorInstrument[]): string =>
  instrumentText({
    schemaVersion: 1,
    venue,
    date: '2024-08-01',
    taken: '2026-01-01T00:00:00.000Z',
    instruments,
  } satisfies VendorInstruments)
/** The row of an instrument, without what is empty. */
const rowOf = (venue: string, instrument: VendorInstrument) => {
  const [header = '', row = ''] = textOf(venue, instrument).split('\n')
  const cells = row.match(/"(?:[^"]|"")*"|[^,]+|(?<=,|^)(?=,|$)/g) ?? []
  return Object.fromEntries(
    header
      .split(',')
      .map((name, at) => [name, cells[at]])
      .filter(([, cell]) => cell),
  ) as Record<string, string>
}

describe('rows of instruments', () => {
  it('have the columns of the data type, in its order', () => {
    const [header = ''] = textOf('deribit', one('BTC-PERPETUAL', 'perpetual')).split('\n')
    const names = standardColumns('instruments').map(({ name }) => name)
    assert.deepEqual(header.split(','), names)
    assert.deepEqual(
      columnsOfHeader('instruments', header).map(({ name }) => name),
      names,
    )
  })

  it('say what the name says where the vendor describes nothing', () => {
    assert.deepEqual(rowOf('deribit', one('BTC-27SEP24-50000-C', 'option')), {
      ...{ exchange: 'deribit', symbol: 'BTC-27SEP24-50000-C', type: 'option', base: 'BTC', quote: 'USD' },
      ...{ timestamp: '1722470400000000', local_timestamp: '1722470400000000', available_since: '1577836800000000' },
      ...{
        key: 'DERIBIT:OPTION:BTC-USD-240927-50000-CALL',
        strike: '50000',
        side: 'call',
        data_types: '"quotes,trades"',
      },
      expiry: String(Date.parse('2024-09-27') * 1_000),
      described_by: 'name',
    })
  })

  it('say nothing of a name that says nothing, or that contradicts the type of the vendor', () => {
    for (const instrument of [one('BTC-27SEP24-50000-C', 'future'), one('BTC-FS-27SEP24_PERP', 'combo')]) {
      const row = rowOf('deribit', instrument)
      assert.equal(row.type, instrument.type)
      for (const name of ['key', 'base', 'quote', 'expiry', 'strike', 'side', 'described_by'])
        assert.equal(row[name], undefined, `${instrument.symbol} ${name}`)
    }
  })

  it('say what the vendor describes, with the time of the expiry', () => {
    const row = rowOf(
      'bitmex',
      one('XBTU24', 'future', {
        ...{ baseCurrency: 'BTC', quoteCurrency: 'USD', settlementCurrency: 'BTC', expiry: '2024-09-27T12:00:00.000Z' },
        ...{ contractMultiplier: -1, priceIncrement: 0.5, amountIncrement: 100 },
      }),
    )
    const { base, quote, settlement, contract_multiplier, tick_size, lot_size, key, described_by } = row
    assert.deepEqual([base, quote, settlement], ['BTC', 'USD', 'BTC'])
    assert.deepEqual([contract_multiplier, tick_size, lot_size], ['-1', '0.5', '100'])
    assert.deepEqual([key, described_by], ['BITMEX:FUTURE:BTC-USD-240927', 'vendor'])
    assert.equal(row.expiry, String(Date.parse('2024-09-27') * 1_000))
    assert.equal(row.expiration, String(Date.parse('2024-09-27T12:00:00Z') * 1_000))
  })

  it('have the same key whether the vendor describes the instrument or its name does', () => {
    const described = { baseCurrency: 'BTC', quoteCurrency: 'USD' }
    const [named, told] = [one('XBTUSD', 'perpetual'), one('XBTUSD', 'perpetual', described)]
    assert.equal(rowOf('bitmex', told).key, 'BITMEX:PERPETUAL:XBT-USD')
    assert.equal(rowOf('bitmex', named).key, rowOf('bitmex', told).key)
    assert.deepEqual([rowOf('bitmex', named).base, rowOf('bitmex', told).base], ['XBT', 'BTC'])
  })

  it('have the sizes that were in force when the day began, each by its own changes', () => {
    const sizes = (...changes: NonNullable<VendorInstrument['described']>['changes']) => {
      const described = { priceIncrement: 0.1, amountIncrement: 5, contractMultiplier: 9, changes }
      const { tick_size, lot_size, contract_multiplier } = rowOf(
        'deribit',
        one('BTC-PERPETUAL', 'perpetual', described),
      )
      return [tick_size, lot_size, contract_multiplier].map(Number)
    }
    assert.deepEqual(sizes(), [0.1, 5, 9])
    assert.deepEqual(sizes({ until: '2024-08-01T00:00:00.000Z', priceIncrement: 1 }), [0.1, 5, 9])
    assert.deepEqual(sizes({ until: '2024-08-01T00:00:00.001Z', priceIncrement: 1 }), [1, 5, 9])
    const later = { until: '2025-01-01T00:00:00.000Z', priceIncrement: 3, amountIncrement: 7 }
    assert.deepEqual(sizes(later, { until: '2024-09-01T00:00:00.000Z', priceIncrement: 2 }), [2, 7, 9])
  })

  it('write changes as JSON within one cell, and texts with commas and quotes whole', () => {
    const changes = [{ until: '2024-01-01T00:00:00.000Z', priceIncrement: 1 }]
    const row = rowOf('deribit', one('A,"B"', 'spot', { changes }))
    assert.equal(row.changes, `"${JSON.stringify(changes).replaceAll('"', '""')}"`)
    assert.equal(row.symbol, '"A,""B"""')
  })
})
