import assert from 'node:assert/strict'
import { lackingTypes } from '../../../../functions/local/cli/download/notes.ts'
import { repairsFor } from '../../../../functions/local/cli/download/repairs.ts'
import type { VenueDayReport } from '../../../../functions/local/report/venue-days.ts'

const report = (
  date: string,
  status: VenueDayReport['status'],
  ...lost: readonly (readonly [string, string, 'gone' | 'changed' | 'failed'])[]
): VenueDayReport => ({
  ...{ venue: 'deribit', date, status },
  problems: lost.map(([dataType, symbol, status]) => ({ dataType, symbol, status })),
})

describe('repairsFor', () => {
  it('forces exactly the objects that are gone or changed, per venue-day and data type', () => {
    const before = [
      report('2024-08-01', 'complete'),
      report('2024-08-02', 'incomplete'),
      report('2024-08-03', 'complete'),
    ]
    const checked = [
      report('2024-08-01', 'incomplete', ['trades', 'A', 'gone'], ['quotes', 'A', 'gone'], ['trades', 'B', 'changed']),
      report('2024-08-02', 'incomplete', ['trades', 'A', 'failed'], ['trades', 'B', 'gone']),
      before[2]!,
    ]
    const request = (day: string, dataType: string, ...symbols: string[]) => ({
      ...{ venues: ['deribit'], startDate: day, endDate: day, dataTypes: [dataType], symbols, force: true },
    })
    assert.deepEqual(repairsFor(before, checked), [
      { request: request('2024-08-01', 'trades', 'A', 'B'), reopens: true },
      { request: request('2024-08-01', 'quotes', 'A'), reopens: false },
      { request: request('2024-08-02', 'trades', 'B'), reopens: false },
    ])
  })
})

describe('lackingTypes', () => {
  const details = (venue: string, ...dataTypes: string[]) => ({
    venue,
    datasets: {
      symbols: [{ id: 'X', type: 'spot', availableSince: '2020-01-01T00:00:00Z', availableTo: undefined, dataTypes }],
      exportedUntil: '2024-08-02T00:00:00Z',
    },
    incidentReports: [],
  })
  const wanted = { venues: ['a', 'b'], startDate: '2024-08-01', endDate: '2024-08-01' }

  it('names the data types that a venue never has, and those that it has, where they were asked for by name', () => {
    assert.deepEqual(
      lackingTypes({ ...wanted, dataTypes: ['trades', 'options_chain', 'liquidations'] }, [
        details('a', 'trades', 'quotes'),
        details('b', 'trades', 'options_chain', 'liquidations'),
      ]),
      ['a has no options_chain, liquidations at Tardis; it has quotes, trades.'],
    )
  })

  it('says nothing of the default data types', () => {
    assert.deepEqual(lackingTypes(wanted, [details('a', 'quotes')]), [])
  })
})
