import assert from 'node:assert/strict'
import { VendorError } from '../../functions/tardis/error.ts'
import { readInstruments, type WantedInstruments } from '../../functions/tardis/instruments.ts'
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
      ['', true],
    ] as const) {
      const error = await rejection(readInstruments(WANTED, chunks(text)))
      assert.ok(error instanceof VendorError, text)
      assert.match(error.message, /^instruments of kraken: /, text)
      assert.equal(error.retryable, retryable, `${text}: ${error.message}`)
    }
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
