import assert from 'node:assert/strict'
import { checkAccess } from '../../functions/tardis/check-access.ts'
import { rememberExchanges } from '../../functions/tardis/exchange-memory.ts'
import { VendorRefusedError } from '../../functions/tardis/refusal.ts'
import type { Vendor } from '../../functions/tardis/vendor.ts'
import { deadlineIn, type LogEntry, NAME, recordLog, rejection } from './loopback.ts'
import { known, MISSING, type StubVendor, stubVendor } from './stub-vendor.ts'

const OPTIONS = { deadline: deadlineIn(60_000) }
const WANTED = { venue: 'binance', symbols: new Set(['A']), beforeMs: 0 }
const ACCESS = [
  { exchange: 'binance', from: '2024-08-01T00:00:00.000Z', to: '2024-09-01T00:00:00.000Z' },
  { exchange: 'binance', from: '2023-08-01T00:00:00.000Z', to: '2023-09-01T00:00:00.000Z' },
  { exchange: 'deribit', from: '2024-08-01T00:00:00.000Z', to: '2024-09-01T00:00:00.000Z' },
]

for (const [name, wrap] of [
  ['checkAccess', (vendor: Vendor) => checkAccess(vendor, recordLog([]))],
  ['rememberExchanges', (vendor: Vendor) => rememberExchanges(vendor)],
] as const) {
  describe(`tardis: a vendor in ${name}`, () => {
    it('hands every call on, with its result', async () => {
      const stub = stubVendor({ keyAccess: async () => ACCESS })
      const vendor = wrap(stub)
      assert.deepEqual(await vendor.venues(OPTIONS), ['binance'])
      assert.deepEqual(await vendor.exchange('binance', OPTIONS), known('binance', 1))
      assert.deepEqual(await vendor.instruments(WANTED, OPTIONS), { kind: 'not-readable', reason: 'no' })
      assert.equal(await vendor.keyAccess(OPTIONS), ACCESS)
      assert.equal(await vendor.openDataset(NAME, OPTIONS), MISSING)
      await vendor.close()
      const calls = stub.calls.filter(([method], at) => method !== 'keyAccess' || at === 3)
      assert.deepEqual(calls, [
        ['venues', OPTIONS],
        ['exchange', 'binance', OPTIONS],
        ['instruments', WANTED, OPTIONS],
        ['keyAccess', OPTIONS],
        ['openDataset', NAME, OPTIONS],
        ['close'],
      ])
    })
  })
}

describe('tardis/check-access', () => {
  const timesAsked = ({ calls }: StubVendor) => calls.filter(([method]) => method === 'keyAccess').length

  it('says once how many venues the key includes', async () => {
    const log: LogEntry[] = []
    const vendor = checkAccess(stubVendor({ keyAccess: async () => ACCESS }), recordLog(log))
    for (let n = 0; n < 2; n++) await vendor.openDataset(NAME, OPTIONS)
    const fields = { access: ACCESS }
    assert.deepEqual(log, [{ level: 'info', message: 'the API key includes 2 venues', fields }])
  })

  it('says nothing where the vendor does not tell, and asks no second time', async () => {
    const log: LogEntry[] = []
    const fails = () => Promise.reject(new Error('out of order'))
    for (const keyAccess of [async () => undefined, fails]) {
      const stub = stubVendor({ keyAccess })
      const vendor = checkAccess(stub, recordLog(log))
      for (let n = 0; n < 2; n++) assert.equal(await vendor.openDataset(NAME, OPTIONS), MISSING)
      assert.equal(timesAsked(stub), 1)
    }
    assert.deepEqual(log, [])
  })

  it('asks again after a refusal, and after a call that was stopped meanwhile', async () => {
    const refused = new VendorRefusedError('no', 'key', 1)
    const refusing = stubVendor({ keyAccess: () => Promise.reject(refused) })
    const vendor = checkAccess(refusing, recordLog([]))
    for (let n = 1; n <= 2; n++) {
      assert.equal(await rejection(vendor.openDataset(NAME, OPTIONS)), refused)
      assert.equal(timesAsked(refusing), n)
    }
    const stopped = AbortSignal.abort(new Error('stopped'))
    for (const options of [{ ...OPTIONS, signal: stopped }, { deadline: deadlineIn(1, undefined, stopped) }]) {
      const stub = stubVendor({ keyAccess: () => Promise.reject(new Error('stopped')) })
      const stopping = checkAccess(stub, recordLog([]))
      for (let n = 1; n <= 2; n++) {
        await stopping.openDataset(NAME, options)
        assert.equal(timesAsked(stub), n)
      }
    }
  })
})

describe('tardis/exchange-memory, without options', () => {
  const asked = ({ calls }: StubVendor) => calls.map(([, venue]) => venue)

  it('keeps a venue for five minutes, and at most 50,000 symbols', async () => {
    let nowMs = 0
    const stub = stubVendor({ exchange: async venue => known(venue, Number(venue)) })
    const vendor = rememberExchanges(stub, { clock: { now: () => nowMs } })
    for (nowMs of [0, 299_999, 300_000]) await vendor.exchange('50000', OPTIONS)
    assert.deepEqual(asked(stub), ['50000', '50000'])
    for (const venue of ['50001', '50001', '50000', '1', '50000']) await vendor.exchange(venue, OPTIONS)
    assert.deepEqual(asked(stub).slice(2), ['50001', '50001', '1', '50000'])
  })

  it('ends a call that was stopped before it could share another one’s answer', async () => {
    const answer = Promise.withResolvers<ReturnType<typeof known>>()
    const stub = stubVendor({ exchange: () => answer.promise })
    const vendor = rememberExchanges(stub)
    const first = vendor.exchange('binance', OPTIONS)
    const stop = new AbortController()
    const second = rejection(vendor.exchange('binance', { ...OPTIONS, signal: stop.signal }))
    stop.abort(new Error('stopped'))
    answer.resolve(known('binance', 1))
    assert.deepEqual(await first, known('binance', 1))
    assert.equal((await second).message, 'stopped')
    assert.equal(stub.calls.length, 1)
  })
})
