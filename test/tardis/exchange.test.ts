import assert from 'node:assert/strict'
import { VendorError } from '../../functions/tardis/error.ts'
import { readExchange } from '../../functions/tardis/exchange.ts'
import { rejection } from './loopback.ts'

async function* chunks(text: string) {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7)
}
const symbol = { id: 'BTCUSDT', type: 'spot', availableSince: '2019-03-30T00:00:00.000Z', dataTypes: ['trades'] }
const details = (change: object = {}, datasets: object = {}) =>
  JSON.stringify({
    id: 'binance',
    incidentReports: [],
    datasets: { exportedUntil: '2024-08-09T00:00:00.000Z', symbols: [symbol], ...datasets },
    ...change,
  })
const read = (text: string) => readExchange('binance', chunks(text))

describe('tardis/exchange', () => {
  it('keeps what is used and passes over the rest', async () => {
    const incident = {
      from: '2024-08-05T01:10:00.000Z',
      to: '2024-08-05T01:12:30.000Z',
      status: 'wontfix',
      details: 'ws',
      new: 1,
    }
    const found = await read(
      details(
        {
          incidentReports: [incident, { from: '2024-08-06T00:00:00Z' }],
          availableSymbols: [{ id: 1 }],
          added: { x: [] },
        },
        {
          exportedFrom: '2019-03-30T00:00:00.000Z',
          symbols: [
            { ...symbol, stats: {}, availableTo: null },
            { ...symbol, id: 'ETHUSDT', type: 'combo', availableTo: '2022-01-01' },
          ],
        },
      ),
    )
    const { type, availableSince, dataTypes } = symbol
    assert.deepEqual(found, {
      venue: 'binance',
      datasets: {
        exportedFrom: '2019-03-30T00:00:00.000Z',
        exportedUntil: '2024-08-09T00:00:00.000Z',
        symbols: [
          { id: 'BTCUSDT', type, availableSince, availableTo: undefined, dataTypes },
          { id: 'ETHUSDT', type: 'combo', availableSince, availableTo: '2022-01-01', dataTypes },
        ],
      },
      incidentReports: [
        { from: incident.from, to: incident.to, status: 'wontfix', details: 'ws' },
        { from: '2024-08-06T00:00:00Z', status: 'unknown', details: '' },
      ],
    })
  })

  const nonsense: [string, string, RegExp][] = [
    [
      'no datasets',
      JSON.stringify({ id: 'x' }),
      /binance: datasets\.exportedUntil is missing, expected an ISO 8601 time/,
    ],
    ['no symbols', details({}, { symbols: [] }), /binance: datasets\.symbols is missing, expected a list/],
    ['symbols no list', details({}, { symbols: 'all' }), /binance: datasets\.symbols is "all", expected an array/],
    ['datasets no object', details({ datasets: 3 }), /binance: datasets is 3, expected a record/],
    [
      'a bad time',
      details({}, { exportedUntil: 'soon' }),
      /datasets\.exportedUntil is "soon", expected an ISO 8601 time/,
    ],
    [
      'a time without zone',
      details({}, { exportedUntil: '2024-08-09T00:00' }),
      /exportedUntil is "2024-08-09T00:00", expected/,
    ],
    ['a day that is none', details({}, { exportedUntil: '2024-13-09' }), /exportedUntil is "2024-13-09", expected/],
    [
      'a number as id',
      details({}, { symbols: [symbol, { ...symbol, id: 7 }] }),
      /datasets\.symbols\[1\]\.id is 7, expected a string/,
    ],
    [
      'an empty id',
      details({}, { symbols: [{ ...symbol, id: '' }] }),
      /symbols\[0\]\.id is "", expected a text that is not empty/,
    ],
    [
      'no data types',
      details({}, { symbols: [{ ...symbol, dataTypes: undefined }] }),
      /symbols\[0\]\.dataTypes is missing, expected an array/,
    ],
    [
      'a null data type',
      details({}, { symbols: [{ ...symbol, dataTypes: ['a', null] }] }),
      /dataTypes\[1\] is null, expected a string/,
    ],
    [
      'a bad incident',
      details({ incidentReports: [{ to: '2024-01-01' }] }),
      /incidentReports\[0\]\.from is missing, expected a string/,
    ],
    ['a web page', '<html>busy</html>', /binance: not JSON at byte 0: "<", expected an object/],
  ]
  for (const [name, text, message] of nonsense)
    it(`names venue, field, found and expected: ${name}`, async () => {
      const error = await rejection(read(text))
      assert.ok(error instanceof VendorError)
      assert.match(error.message, message)
      assert.equal(error.retryable, false)
    })

  it('can be asked again where the text ends early', async () => {
    const error = await rejection(read(details().slice(0, -3)))
    assert.ok(error instanceof VendorError)
    assert.match(error.message, /binance: JSON ends early, at byte \d+/)
    assert.equal(error.retryable, true)
  })

  for (const [name, beginning, more, expected] of [
    ['a name', '{"datasets":{"symbols":[{"id":"', 'x'.repeat(65_536), /symbols\[0\] is longer than 1048576 bytes/],
    ['what nobody asks for', '{"name":"', 'x'.repeat(1_048_576), /more than 268435456 bytes, which no venue has/],
    [
      'incident reports',
      '{"incidentReports":[',
      '{"from":"2024-08-08"},'.repeat(1_000),
      /more than 100000 incident reports/,
    ],
  ] as const) {
    it(`gives up a text that goes on without end: ${name}`, async () => {
      const piece = Buffer.from(more)
      async function* endless() {
        yield Buffer.from(beginning)
        for (;;) yield piece
      }
      await assert.rejects(readExchange('deribit', endless()), (error: unknown) => {
        assert.ok(error instanceof VendorError && !error.retryable)
        assert.match(error.message, expected)
        return true
      })
    })
  }

  it('keeps what many symbols share once', async () => {
    const count = 20_000
    async function* many() {
      yield Buffer.from('{"availableSymbols":[')
      for (let i = 0; i < count; i += 1000) yield Buffer.from(`${JSON.stringify(symbol)},`.repeat(1000))
      yield Buffer.from(`0],"datasets":{"exportedUntil":"2024-08-09","symbols":[`)
      for (let i = 0; i < count; i++) yield Buffer.from(`${i ? ',' : ''}${JSON.stringify({ ...symbol, id: `S${i}` })}`)
      yield Buffer.from(']}}')
    }
    const { datasets } = await readExchange('okex-options', many())
    assert.equal(datasets.symbols.length, count)
    const [first, last] = [datasets.symbols[0]!, datasets.symbols[count - 1]!]
    assert.equal(last.id, `S${count - 1}`)
    assert.equal(first.dataTypes, last.dataTypes)
  })
})
