import assert from 'node:assert/strict'
import { VendorError } from '../../functions/tardis/error.ts'
import { MAX_INSTRUMENTS_BYTES, readInstruments, type WantedInstruments } from '../../functions/tardis/instruments.ts'
import { deadlineIn, type Handler, KEY, rejection, rig, serve } from './loopback.ts'

const WANTED: WantedInstruments = {
  venue: 'kraken',
  symbols: new Set(['XBT-USD', 'ETH-USD']),
  beforeMs: Date.parse('2024-08-02'),
}
const of = (id: string, more: object = {}) => ({
  ...{ id, exchange: 'kraken', baseCurrency: 'BTC', quoteCurrency: 'USD', type: 'spot', active: true },
  ...{ availableSince: '2020-01-01T00:00:00.000Z', priceIncrement: 0.1, amountIncrement: 1e-8, ...more },
})
const chunks = async function* (text: string, bytes = 7) {
  const data = Buffer.from(text)
  for (let at = 0; at < data.length; at += bytes) yield data.subarray(at, at + bytes)
}
const read = (list: unknown) => readInstruments(WANTED, chunks(JSON.stringify(list)))
const answering =
  (status: number, body: unknown): Handler =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  }

describe('tardis/instruments', () => {
  it('keeps the wanted ones, by their names in datasets, and what is used of them', async () => {
    const changes = [{ until: '2024-01-01T00:00:00.000Z', priceIncrement: 1, makerFee: 0 }]
    const { instruments, faults } = await read([
      of('xbt/usd', { changes, expiry: null, minTradeAmount: 1 }),
      of('SOL/USD'),
      of('e', { datasetId: 'ETH-USD' }),
    ])
    assert.deepEqual([...instruments.keys()], ['XBT-USD', 'ETH-USD'])
    const { id, baseCurrency, priceIncrement, amountIncrement, expiry, changes: kept } = instruments.get('XBT-USD')!
    assert.deepEqual(
      [id, baseCurrency, priceIncrement, amountIncrement, expiry],
      ['xbt/usd', 'BTC', 0.1, 1e-8, undefined],
    )
    assert.equal(JSON.stringify(kept), '[{"until":"2024-01-01T00:00:00.000Z","priceIncrement":1}]')
    assert.deepEqual(faults, [])
  })

  it('takes of a name that is listed twice the last one that was there on the day', async () => {
    const listing = (availableSince: string, priceIncrement: number) =>
      of('XBT/USD', { availableSince, priceIncrement })
    const [first, second, later] = [listing('2019-01-01', 1), listing('2024-08-01', 2), listing('2024-08-02', 3)]
    for (const list of [
      [first, second, later],
      [later, second, first],
    ]) {
      const { instruments } = await read(list)
      assert.equal(instruments.get('XBT-USD')!.priceIncrement, 2)
    }
  })

  it('leaves out what cannot be read, and says what is wrong with it', async () => {
    const { instruments, faults } = await read([of('XBT/USD', { priceIncrement: 'small' }), 7, of('ETH/USD')])
    assert.deepEqual([...instruments.keys()], ['ETH-USD'])
    assert.deepEqual(faults, [
      'list[0].priceIncrement is "small", expected a number',
      'list[1] is 7, expected an object',
    ])
  })

  it('refuses what is no list; only a text that ends early can be better next time', async () => {
    for (const [text, retryable] of [
      ['{"code":1}', false],
      ['7', false],
      ['<html>', false],
      ['[]]', false],
      ['[{"id":"XBT/USD"', true],
      ['[{"id":"XBT/USD"},', true],
      ['[{"id":"XBT/USD"}', true],
      ['[', true],
      ['', true],
    ] as const) {
      const error = await rejection(readInstruments(WANTED, chunks(text)))
      assert.ok(error instanceof VendorError, text)
      assert.match(error.message, /^instruments of kraken: /, text)
      if (text === '{"code":1}' || text === '7')
        assert.match(error.message, /found no list, expected a list of instruments$/)
      assert.equal(error.retryable, retryable, `${text}: ${error.message}`)
    }
  })

  it('says of the first five what is wrong', async () => {
    const { faults } = await read([1, 2, 3, 4, 5, 6])
    assert.deepEqual(
      faults,
      [1, 2, 3, 4, 5].map(value => `list[${value - 1}] is ${value}, expected an object`),
    )
  })

  const word = 'x'.repeat(100)
  for (const [what, good, bad] of [
    ['id', [], ['', 'x'.repeat(1_025), null]],
    ['datasetId', ['XBT-USD', null], ['', `${word}x`]],
    ['availableSince', [null, '2020-01-01'], ['launch', 7]],
    ['baseCurrency', [word, null], ['', `${word}x`]],
    ['quoteCurrency', [word, null], ['', `${word}x`]],
    ['settlementCurrency', [word, null], ['', `${word}x`]],
    ['expiry', ['2024-09-27T08:00:00.000Z', null], ['soon']],
    ['strikePrice', [1.5, null], ['1.5']],
    ['optionType', ['call', 'put', null], ['straddle']],
    ['contractMultiplier', [1.5, null], ['1.5']],
    ['priceIncrement', [1.5, null], ['1.5']],
    ['amountIncrement', [1.5, null], ['1.5']],
    [
      'changes',
      [[], null, Array.from({ length: 1_000 }, () => ({ until: '2024-01-01' }))],
      [
        {},
        [{}],
        [{ until: 'x' }],
        [{ until: '2024-01-01', amountIncrement: 'x' }],
        Array.from({ length: 1_001 }, () => ({ until: '2024-01-01' })),
      ],
    ],
  ] as const)
    it(`have their ${what} checked`, async () => {
      for (const value of good) assert.deepEqual((await read([of('XBT/USD', { [what]: value })])).faults, [])
      for (const value of bad) {
        const { instruments, faults } = await read([of('XBT/USD', { [what]: value })])
        assert.deepEqual([instruments.size, faults.length], [0, 1], JSON.stringify(value))
        assert.ok(faults[0]!.startsWith(`list[0].${what}`), faults[0])
        if (value === 'launch') assert.equal(faults[0], 'list[0].availableSince is "launch", expected an ISO 8601 time')
      }
    })

  it('have the values of the vendor, and undefined and no changes where there are none', async () => {
    const given = {
      ...{ baseCurrency: 'BTC', quoteCurrency: 'USD', settlementCurrency: 'USDT', expiry: '2024-09-27T08:00:00.000Z' },
      ...{ strikePrice: 60_000, optionType: 'call', contractMultiplier: 10, priceIncrement: 0.1, amountIncrement: 1 },
      changes: [{ until: '2024-01-01', priceIncrement: 1, amountIncrement: 2, contractMultiplier: 3 }],
    }
    const { instruments } = await read([of('XBT/USD', given)])
    assert.deepEqual(instruments.get('XBT-USD'), { id: 'XBT/USD', ...given })
    const bare = await readInstruments(WANTED, chunks('[{"id":"ETH/USD"}]'))
    const { id, changes, ...rest } = bare.instruments.get('ETH-USD')!
    assert.deepEqual([id, changes, new Set(Object.values(rest))], ['ETH/USD', [], new Set()])
  })

  it('are taken where they are of the day, the later of two at the same time', async () => {
    const since = (availableSince: string | undefined, priceIncrement: number) =>
      of('XBT/USD', { availableSince, priceIncrement })
    const taken = async (...list: object[]) => (await read(list)).instruments.get('XBT-USD')?.priceIncrement
    assert.equal(await taken(since('2024-08-02', 1)), undefined)
    assert.equal(await taken(since('2024-08-01', 1), since('2024-08-01', 2)), 2)
    assert.equal(await taken(since('2024-08-01', 1), since(undefined, 2)), 1)
    assert.equal(await taken(since(undefined, 2), since('2024-08-01', 1)), 1)
  })

  it('are read from a text as long as allowed, by default 512 MiB, and from no longer one', async () => {
    assert.equal(MAX_INSTRUMENTS_BYTES, 536_870_912)
    const text = '[{"id":"XBT/USD"}]'
    assert.equal((await readInstruments(WANTED, chunks(text), text.length)).instruments.size, 1)
    const error = await rejection(readInstruments(WANTED, chunks(text), text.length - 1))
    assert.ok(error instanceof VendorError && !error.retryable)
    assert.equal(error.message, 'instruments of kraken: more than 17 bytes, which no venue has')
  })

  it('are requested with the key', async () => {
    await using server = await serve(answering(200, [of('XBT/USD')]))
    await using r = rig(server.url)
    const outcome = await r.vendor.instruments(WANTED, { deadline: deadlineIn(60_000) })
    assert.ok(outcome.kind === 'known')
    assert.deepEqual([...outcome.instruments.keys()], ['XBT-USD'])
    const [request] = server.requests
    assert.match(String(request!.url), /\/instruments\/kraken$/)
    assert.equal(request!.headers.authorization, `Bearer ${KEY}`)
  })

  for (const status of [400, 401, 402, 403, 404])
    it(`are not readable where the vendor answers ${status}, which is no error and asked once`, async () => {
      await using server = await serve(answering(status, { message: `not for ${KEY}` }))
      await using r = rig(server.url)
      const outcome = await r.vendor.instruments(WANTED, { deadline: deadlineIn(60_000) })
      assert.ok(outcome.kind === 'not-readable')
      assert.match(outcome.reason, new RegExp(`^GET .*/instruments/kraken: answered ${status}: `))
      assert.ok(!outcome.reason.includes(KEY))
      assert.equal(server.requests.length, 1)
    })

  it('are requested again after a 503', async () => {
    await using server = await serve((request, response, count) =>
      answering(count === 0 ? 503 : 200, [of('XBT/USD')])(request, response, count),
    )
    await using r = rig(server.url)
    const outcome = await r.vendor.instruments(WANTED, { deadline: deadlineIn(60_000) })
    assert.equal(outcome.kind, 'known')
    assert.equal(server.requests.length, 2)
  })
})
