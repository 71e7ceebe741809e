import assert from 'node:assert/strict'
import { VendorError } from '../../functions/tardis/error.ts'
import { EXCHANGE_LIMITS, readExchange } from '../../functions/tardis/exchange.ts'
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
  it('keeps what is used and ignores the rest', async () => {
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
    ['a web page', '<html>busy</html>', /binance: not JSON at byte 0: "<", expected an object/],
  ]
  for (const [name, text, message] of nonsense)
    it(`names venue, field, found and expected: ${name}`, async () => {
      const error = await rejection(read(text))
      assert.ok(error instanceof VendorError)
      assert.match(error.message, message)
      assert.equal(error.retryable, false)
    })

  const badSymbols: [string, object, RegExp][] = [
    ['a number as id', { id: 7 }, /^datasets\.symbols\[1\]\.id is 7, expected a string$/],
    ['an empty id', { id: '' }, /\.id is "", expected a text that is not empty$/],
    [
      'an id of 1025 characters',
      { id: 'x'.repeat(1_025) },
      /\.id is "x{79}…, expected a text of at most 1024 characters$/,
    ],
    ['no data types', { dataTypes: undefined }, /\.dataTypes is missing, expected an array$/],
    ['null as data types', { dataTypes: null }, /\.dataTypes is null, expected an array$/],
    [
      'more than 1000 data types',
      { dataTypes: Array.from({ length: 1_001 }, () => 'a') },
      /\.dataTypes is .*…, expected at most 1000 data types$/,
    ],
    ['a null data type', { dataTypes: ['a', null] }, /\.dataTypes\[1\] is null, expected a string$/],
    ['no availableSince', { availableSince: undefined }, /\.availableSince is missing, expected a string$/],
    [
      'an odd availableSince',
      { availableSince: 'launch\nday' },
      /\.availableSince is "launch\\nday", expected an ISO 8601/,
    ],
    ['an odd availableTo', { availableTo: 5 }, /\.availableTo is 5, expected a string$/],
  ]
  for (const [name, change, example] of badSymbols)
    it(`skips a symbol with ${name}, and keeps the others`, async () => {
      const last = { ...symbol, id: 'LAST' }
      const found = await read(details({}, { symbols: [symbol, { ...symbol, ...change }, last] }))
      assert.deepEqual(
        found.datasets.symbols.map(({ id }) => id),
        ['BTCUSDT', 'LAST'],
      )
      assert.equal(found.skipped?.count, 1)
      assert.match(found.skipped.examples[0]!, example)
    })

  it('says what is missing where nothing was skipped', async () => {
    const error = await rejection(read('{"datasets":{}}'))
    const text = 'datasets.exportedUntil is missing, expected an ISO 8601 time in UTC'
    assert.equal(error.message, `exchange details of binance: ${text}`)
  })

  it('takes a symbol without a type for one of an unknown type', async () => {
    const { type: _, ...untyped } = symbol
    const found = await read(details({}, { symbols: [untyped] }))
    assert.equal(found.datasets.symbols[0]?.type, 'unknown')
  })

  it('takes names and lists as long as they may be', async () => {
    const longest = { ...symbol, id: 'x'.repeat(1_024), dataTypes: Array.from({ length: 1_000 }, () => 'a') }
    const found = await read(details({}, { symbols: [longest] }))
    assert.equal(found.skipped, undefined)
  })

  it('takes ISO 8601 times with a zone, and days', async () => {
    const isTime = async (from: string) =>
      (await read(details({ incidentReports: [{ from }] }))).incidentReports.length === 1
    const good = ['', 'T01:02Z', 'T01:02:03Z', 'T01:02:03.4Z', 'T01:02:03.456789Z', 'T01:02+08:00', 'T01:02:03-08:00']
    for (const rest of good) assert.ok(await isTime(`2024-08-08${rest}`), rest)
    const bad = [
      'T',
      'T01:02',
      'T01Z',
      'T1:02Z',
      'T01:02:3Z',
      'T01:02:03.Z',
      'T01:02:03,4Z',
      'T01:02+8',
      'Z',
      ' 01:02Z',
      'x',
    ]
    for (const rest of bad) assert.ok(!(await isTime(`2024-08-08${rest}`)), rest)
    for (const text of ['24-08-08', '2024-8-08', '2024-08-8', '2024-13-01', '2024-08-08T25:00Z', 'x 2024-08-08'])
      assert.ok(!(await isTime(text)), text)
    const { skipped } = await read(details({ incidentReports: [{ from: '2024-13-01' }] }))
    assert.deepEqual(skipped?.examples, ['incidentReports[0].from is "2024-13-01", expected an ISO 8601 time in UTC'])
  })

  it('skips what is no symbol and no incident at all, and reports the first five', async () => {
    const odd = [null, 7, 'x', [], {}]
    const found = await read(details({ incidentReports: odd }, { symbols: [...odd, symbol] }))
    assert.equal(found.datasets.symbols.length, 1)
    assert.equal(found.incidentReports.length, 0)
    assert.equal(found.skipped?.count, 10)
    assert.equal(found.skipped.examples.length, 5)
  })

  it('skips an incident with a date that cannot be read', async () => {
    const good = { from: '2024-08-06T00:00:00Z' }
    const found = await read(details({ incidentReports: [{ from: 'August' }, good, { ...good, to: 'September' }] }))
    assert.deepEqual(
      found.incidentReports.map(({ from }) => from),
      ['2024-08-06T00:00:00Z'],
    )
    assert.deepEqual(found.skipped, {
      count: 2,
      examples: [
        'incidentReports[0].from is "August", expected an ISO 8601 time in UTC',
        'incidentReports[2].to is "September", expected an ISO 8601 time in UTC',
      ],
    })
  })

  it('skips incident reports that are no list', async () => {
    const found = await read(details({ incidentReports: { from: '2024-08-06' } }))
    assert.deepEqual([found.incidentReports, found.skipped?.count], [[], 1])
    assert.equal((await read(details({ incidentReports: null }))).skipped, undefined)
  })

  it('fails where no symbol can be read, with the first reason', async () => {
    const error = await rejection(read(details({}, { symbols: [{}, {}] })))
    assert.match(
      error.message,
      /datasets\.symbols is missing, .*; skipped 2 entries: datasets\.symbols\[0\]\.id is missing/,
    )
  })

  it('keeps lists of data types apart whose names hold commas', async () => {
    const lists = [['a,b'], ['a', 'b']]
    const found = await read(details({}, { symbols: lists.map(dataTypes => ({ ...symbol, dataTypes })) }))
    assert.deepEqual(
      found.datasets.symbols.map(({ dataTypes }) => dataTypes),
      lists,
    )
  })

  it('is retryable where the text ends early', async () => {
    const error = await rejection(read(details().slice(0, -3)))
    assert.ok(error instanceof VendorError)
    assert.match(error.message, /binance: JSON ends early, at byte \d+/)
    assert.equal(error.retryable, true)
  })

  it('expects a text of 256 MiB, a million symbols and 100,000 incident reports at most', () => {
    const most = { maxTextBytes: 268_435_456, maxMemberBytes: 1_048_576, maxSymbols: 1_000_000, maxIncidents: 100_000 }
    assert.deepEqual(EXCHANGE_LIMITS, most)
  })

  const incident = '{"from":"2024-08-08"},'
  for (const [name, beginning, more, expected] of [
    ['a name', '{"datasets":{"symbols":[{"id":"', 'x'.repeat(1_000), /symbols\[0\] is longer than 5000 bytes/],
    ['a member that is not used', '{"name":"', 'x'.repeat(1_000), /more than 10000 bytes, which no venue has/],
    ['symbols', '{"datasets":{"symbols":[', `${JSON.stringify(symbol)},`, /more than 20 symbols, which/],
    ['symbols that cannot be read', '{"datasets":{"symbols":[', '7,', /more than 20 symbols, which/],
    ['incident reports', '{"incidentReports":[', incident, /more than 10 incident reports, which/],
  ] as const) {
    it(`gives up a text that goes on without end: ${name}`, async () => {
      const piece = Buffer.from(more)
      async function* endless() {
        yield Buffer.from(beginning)
        for (;;) yield piece
      }
      const limits = { maxTextBytes: 10_000, maxMemberBytes: 5_000, maxSymbols: 20, maxIncidents: 10 }
      await assert.rejects(readExchange('deribit', endless(), limits), (error: unknown) => {
        assert.ok(error instanceof VendorError && !error.retryable)
        assert.match(error.message, expected)
        return true
      })
    })
  }

  it('reads as much as the limits allow', async () => {
    const text = details({ incidentReports: [{ from: '2024-08-08' }] }, { symbols: [symbol, 7] })
    const limits = { maxTextBytes: text.length, maxMemberBytes: 1_000, maxSymbols: 2, maxIncidents: 1 }
    const found = await readExchange('deribit', chunks(text), limits)
    assert.deepEqual([found.datasets.symbols.length, found.incidentReports.length], [1, 1])
    await assert.rejects(readExchange('deribit', chunks(`${text}\n`), limits), /more than \d+ bytes/)
  })

  it('keeps what many symbols share once', async () => {
    const count = 300
    async function* many() {
      yield Buffer.from('{"availableSymbols":[')
      for (let i = 0; i < count; i += 100) yield Buffer.from(`${JSON.stringify(symbol)},`.repeat(100))
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
