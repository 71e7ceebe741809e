import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { ExchangeDetails } from '../../functions/tardis/exchange.ts'
import { datasetsForDay, groupedInstead, incidentsOfDay, instrumentsOn } from '../../functions/tardis/items.ts'

type Row = [id: string, type: string, dataTypes: string[], since?: string, to?: string]

function details(rows: Row[], exportedUntil = '2030-01-01T00:00:00.000Z'): ExchangeDetails {
  const symbols = rows.map(([id, type, dataTypes, availableSince = '2019-01-01', availableTo]) => {
    return { id, type, dataTypes, availableSince, availableTo }
  })
  return { venue: 'v', datasets: { symbols, exportedUntil }, incidentReports: [] }
}
const names = (rows: Row[], dataTypes: string[], symbols?: string[], date = '2024-08-08') =>
  datasetsForDay(details(rows), date, { dataTypes, symbols }).items.map(item => `${item.dataType} ${item.symbol}`)

describe('tardis/items', () => {
  it('takes a symbol on the days of its availability', () => {
    const on = (since: string, to?: string) => names([['A', 'spot', ['trades'], since, to]], ['trades']).length === 1
    assert.ok(on('2024-08-08T23:59:59.999Z'))
    assert.ok(!on('2024-08-09T00:00:00.000Z'))
    assert.ok(on('2020-01-01', '2024-08-08T00:00:00.001Z'))
    assert.ok(!on('2020-01-01', '2024-08-08T00:00:00.000Z'))
    assert.ok(on('2024-08-08T10:00:00Z', '2024-08-08T11:00:00Z'))
    assert.ok(!on('2024-08-07T10:00:00Z', '2024-08-07T11:00:00Z'))
  })

  it('takes the data types that a symbol has, each once, in the order asked for', () => {
    const rows: Row[] = [
      ['A', 'spot', ['trades', 'quotes']],
      ['B', 'spot', ['trades']],
    ]
    assert.deepEqual(names(rows, ['quotes', 'trades', 'quotes', 'liquidations']), ['quotes A', 'trades A', 'trades B'])
    assert.deepEqual(datasetsForDay(details(rows), '2024-08-08', { dataTypes: ['quotes'] }).items, [
      { dataType: 'quotes', symbol: 'A', type: 'spot' },
    ])
  })

  const deribit: Row[] = [
    ['OPTIONS', 'option', ['trades', 'quotes', 'options_chain', 'liquidations']],
    ['FUTURES', 'future', ['trades', 'derivative_ticker']],
    ['PERPETUALS', 'perpetual', ['trades', 'derivative_ticker']],
    ['BTC-PERPETUAL', 'perpetual', ['trades', 'quotes', 'derivative_ticker']],
    ['BTC-27SEP24', 'future', ['trades', 'quotes', 'derivative_ticker'], '2019-01-01', '2024-08-01'],
    ['BTC-9AUG24-60000-C', 'option', ['trades', 'quotes', 'options_chain', 'book_snapshot_25']],
  ]

  it('takes the instruments of a market, and its group where it has no instrument that day', () => {
    assert.deepEqual(names(deribit, ['trades']), [
      'trades FUTURES',
      'trades BTC-PERPETUAL',
      'trades BTC-9AUG24-60000-C',
    ])
    assert.deepEqual(names(deribit, ['liquidations']), ['liquidations OPTIONS'])
    assert.deepEqual(names(deribit, ['book_snapshot_25']), ['book_snapshot_25 BTC-9AUG24-60000-C'])
  })

  it('takes the group in place of its instruments where one of them has no such data, and no row is in no file', () => {
    const rows: Row[] = [
      ['PERPETUALS', 'perpetual', ['trades', 'quotes']],
      ['A', 'perpetual', ['trades', 'quotes']],
      ['B', 'perpetual', ['quotes']],
      ['C', 'spot', ['trades']],
    ]
    assert.deepEqual(names(rows, ['trades']), ['trades PERPETUALS', 'trades C'])
    assert.deepEqual(names(rows, ['quotes']), ['quotes A', 'quotes B'])
    assert.deepEqual(names(rows.slice(1), ['trades']), ['trades A', 'trades C'])
    const gone: Row[] = [...rows.slice(0, 2), ['B', 'perpetual', ['quotes'], '2019-01-01', '2024-08-01']]
    assert.deepEqual(names(gone, ['trades']), ['trades A'], 'an instrument that is not listed that day has no rows')
    const twice: Row[] = [...rows, ['b', 'perpetual', ['trades']]]
    assert.deepEqual(names(twice, ['trades']), ['trades A', 'trades C', 'trades b'])
  })

  it('puts every row of the day into exactly one file, whatever is listed', () => {
    const types = ['spot', 'perpetual', 'future', 'option']
    const groups = ['SPOT', 'PERPETUALS', 'FUTURES', 'OPTIONS']
    const row = (ids: string[]) =>
      fc.tuple(fc.constantFrom(...ids), fc.constantFrom(...types), fc.subarray(['trades', 'options_chain']))
    const listed = fc.tuple(
      fc.uniqueArray(row(['A', 'B', 'C', 'D', 'E']), { selector: ([id]) => id }),
      fc.uniqueArray(fc.tuple(fc.nat(3), fc.subarray(['trades', 'options_chain'])), { selector: ([at]) => at }),
      fc.constantFrom('trades', 'options_chain'),
    )
    fc.assert(
      fc.property(listed, ([instruments, groupRows, dataType]) => {
        const rows: Row[] = [
          ...groupRows.map(([at, dataTypes]): Row => [groups[at]!, types[at]!, dataTypes]),
          ...instruments,
        ]
        const taken = names(rows, [dataType]).map(name => name.split(' ')[1]!)
        for (const [id, type, dataTypes] of instruments) {
          const group = groups[types.indexOf(type)]!
          const hasGroup = groupRows.some(([at, list]) => groups[at] === group && list.includes(dataType))
          const files = taken.filter(name => name === id || name === group)
          if (dataTypes.includes(dataType)) assert.equal(files.length, 1, `${id} is in ${files.length} files`)
          else assert.equal(files.length, hasGroup ? 1 : 0, `${id} can only be in its group`)
        }
      }),
    )
  })

  it('takes options chains grouped, and by instrument only where there is no group', () => {
    assert.deepEqual(names(deribit, ['options_chain']), ['options_chain OPTIONS'])
    assert.deepEqual(names(deribit.slice(1), ['options_chain']), ['options_chain BTC-9AUG24-60000-C'])
  })

  it('takes exactly the symbols that are named, grouped ones included', () => {
    assert.deepEqual(names(deribit, ['trades', 'options_chain'], ['PERPETUALS', 'BTC-9AUG24-60000-C']), [
      'trades PERPETUALS',
      'trades BTC-9AUG24-60000-C',
      'options_chain BTC-9AUG24-60000-C',
    ])
  })

  it('matches symbols as dataset names are written, and returns the vendor’s id', () => {
    const rows: Row[] = [
      ['XBT/USD', 'spot', ['trades']],
      ['btcusdt', 'spot', ['trades']],
    ]
    assert.deepEqual(names(rows, ['trades'], ['xbt-usd', 'BTCUSDT']), ['trades XBT/USD', 'trades btcusdt'])
  })

  it('reports a group that is taken although some of its instruments have files', () => {
    const rows: Row[] = [
      ['PERPETUALS', 'perpetual', ['trades', 'quotes', 'options_chain', 'liquidations']],
      ['A', 'perpetual', ['trades', 'quotes', 'options_chain']],
      ['B', 'perpetual', ['quotes']],
      ['D', 'spot', ['quotes']],
    ]
    const types = ['trades', 'quotes', 'options_chain', 'liquidations']
    assert.deepEqual(groupedInstead(details(rows), '2024-08-08', types), [
      { dataType: 'trades', group: 'PERPETUALS', withoutFile: ['B'] },
    ])
  })

  it('names a file once where the vendor lists a symbol twice', () => {
    const rows: Row[] = [
      ['A', 'spot', ['trades'], '2019-01-01', '2024-08-08T10:00:00Z'],
      ['a', 'spot', ['trades'], '2024-08-08T12:00:00Z'],
    ]
    assert.equal(names(rows, ['trades']).length, 1)
  })

  it('is pending until the whole day is exported, whatever the time is', () => {
    const rows: Row[] = [['A', 'spot', ['trades']]]
    const pending = (until: string) =>
      datasetsForDay(details(rows, until), '2024-08-08', { dataTypes: ['trades'] }).pending
    assert.equal(pending('2024-08-09T00:00:00.000Z'), false)
    assert.equal(pending('2024-08-08T23:59:59.999Z'), true)
    assert.equal(pending('2024-08-08T00:00:00.000Z'), true)
    assert.equal(pending('2026-01-01'), false)
  })

  it('finds the incidents that touch the day', () => {
    const reports = [
      ['2024-08-07T23:00:00Z', '2024-08-08T00:00:00Z'],
      ['2024-08-07T23:00:00Z', '2024-08-08T00:00:01Z'],
      ['2024-08-08T05:00:00Z', undefined],
      ['2024-08-08T23:59:59Z', '2024-08-10T00:00:00Z'],
      ['2024-08-09T00:00:00Z', '2024-08-09T00:00:00Z'],
      ['2024-08-08T00:00:00Z', '2024-08-08T00:00:00Z'],
      ['2024-08-01T00:00:00Z', '2024-09-01T00:00:00Z'],
      ['2024-08-07T10:00:00Z', '2024-08-07T10:00:00Z'],
      ['2024-08-08T00:00:00Z', '2024-08-07T00:00:00Z'],
    ] as const
    const incidentReports = reports.map(([from, to], i) => ({ from, to, status: 'resolved', details: `${i}` }))
    const found = incidentsOfDay({ ...details([]), incidentReports }, '2024-08-08')
    assert.deepEqual(
      found.map(report => report.details),
      ['1', '2', '3', '5', '6'],
    )
  })

  it('takes the instruments of a day as one item, where some are listed', () => {
    const on = (rows: Row[], date = '2024-08-08') =>
      datasetsForDay(details(rows), date, { dataTypes: ['instruments'] }).items
    const rows: Row[] = [
      ['SPOT', 'spot', ['trades']],
      ['A', 'spot', ['trades'], '2024-08-08'],
    ]
    assert.deepEqual(on(rows), [{ dataType: 'instruments', symbol: 'INSTRUMENTS', type: 'unknown' }])
    assert.deepEqual(on(rows, '2024-08-07'), [])
    assert.deepEqual(on([]), [])
  })

  it('lists the instruments of a day, each once, and no group', () => {
    const rows: Row[] = [
      ['SPOT', 'spot', ['trades']],
      ['A', 'spot', ['trades'], '2019-01-01', '2024-08-08T10:00:00Z'],
      ['a', 'spot', ['trades'], '2024-08-08T12:00:00Z'],
      ['B', 'spot', ['trades'], '2024-08-09'],
    ]
    const ids = instrumentsOn(details(rows), '2024-08-08').map(({ id }) => id)
    assert.deepEqual(ids, ['a'])
  })

  it('takes of a whole type what is taken of all, beside the symbols that are named or fit a pattern', () => {
    const chosen = (...symbols: string[]) => names(deribit, ['trades', 'liquidations'], symbols)
    assert.deepEqual(chosen('perpetual:*'), ['trades BTC-PERPETUAL'])
    assert.deepEqual(chosen('future:*'), ['trades FUTURES'])
    assert.deepEqual(chosen('option:*'), ['trades BTC-9AUG24-60000-C', 'liquidations OPTIONS'])
    assert.deepEqual(chosen('option:*', 'BTC-PERPETUAL'), [
      'trades BTC-PERPETUAL',
      'trades BTC-9AUG24-60000-C',
      'liquidations OPTIONS',
    ])
    assert.deepEqual(chosen('BTC-*'), ['trades BTC-PERPETUAL', 'trades BTC-9AUG24-60000-C'])
    assert.deepEqual(chosen('spot:*'), [])
  })
})
