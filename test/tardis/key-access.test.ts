import assert from 'node:assert/strict'
import { checkAccess } from '../../functions/tardis/check-access.ts'
import { collectKeyAccess, isFreeDay, lackOf, readKeyAccess } from '../../functions/tardis/key-access.ts'
import { VendorRefusedError } from '../../functions/tardis/refusal.ts'
import { SILENT } from '../support/silent-log.ts'
import { deadlineIn, FILE, type Handler, KEY, NAME, rejection, rig, serve } from './loopback.ts'

const MONTH = { exchange: 'binance', from: '2024-08-01T00:00:00.000Z', to: '2024-09-01T00:00:00.000Z', symbols: [] }
const DEADLINE = deadlineIn(60_000)

describe('tardis/key-access', () => {
  it('reads what the vendor tells, and takes nothing from a shape that it does not know', () => {
    assert.equal(readKeyAccess(JSON.stringify([MONTH]))?.length, 1)
    for (const text of ['', '{', '[]', '{}', '[{"exchange":"binance"}]', '[{"exchange":"a","from":"x","to":"y"}]'])
      assert.equal(readKeyAccess(text), undefined, text)
  })

  it('tells which days of which venues a key lacks; the first of each month is free', () => {
    const lack = (venue: string, date: string) => lackOf([MONTH], { venue, date })
    assert.equal(lack('binance', '2024-08-31'), undefined)
    assert.match(lack('binance', '2024-09-02')!, /includes binance from 2024-08-01 to 2024-09-01 only/)
    assert.match(lack('deribit', '2024-08-08')!, /does not include deribit/)
    assert.equal(lack('deribit', '2024-08-01'), undefined)
  })

  it('tells days to the hour, and each time that a key includes', () => {
    const spans = [
      { exchange: 'binance', from: '2024-08-03T12:00:00.000Z', to: '2024-08-05T12:00:00.000Z' },
      { exchange: 'binance', from: '2024-09-03T00:00:00.000Z', to: '2024-09-05T00:00:00.000Z' },
    ]
    const days = (month: string) =>
      ['02', '03', '04', '05', '06'].filter(
        day => lackOf(spans, { venue: 'binance', date: `2024-${month}-${day}` }) === undefined,
      )
    assert.deepEqual(
      [days('08'), days('09')],
      [
        ['03', '04', '05'],
        ['03', '04'],
      ],
    )
    assert.equal(
      lackOf(spans, { venue: 'binance', date: '2024-08-06' }),
      'the API key includes binance from 2024-08-03 to 2024-08-05, 2024-09-03 to 2024-09-05 only',
    )
    assert.deepEqual(['2024-01-01', '2024-01-11', '2024-01-10'].map(isFreeDay), [true, false, false])
  })

  it('reads an answer of a megabyte, and of a larger one nothing', async () => {
    const answer = JSON.stringify([MONTH])
    const padded = (bytes: number) => Buffer.from(answer.padEnd(bytes))
    async function* halves(data: Buffer) {
      yield data.subarray(0, 600_000)
      yield data.subarray(600_000)
    }
    assert.equal((await collectKeyAccess(halves(padded(1_048_576))))?.length, 1)
    assert.equal(await collectKeyAccess(halves(padded(1_048_577))), undefined)
  })

  const withInfo =
    (info: Handler): Handler =>
    (request, response, count) =>
      request.url!.endsWith('/api-key-info') ? info(request, response, count) : void response.end(FILE)

  it('asks once, sends the key, and requests no dataset that the key lacks', async () => {
    await using server = await serve(withInfo((_, response) => void response.end(JSON.stringify([MONTH]))))
    await using r = rig(server.url)
    const vendor = checkAccess(r.vendor, SILENT)
    const opened = await Promise.all([NAME, NAME].map(name => vendor.openDataset(name, { deadline: DEADLINE })))
    for (const dataset of opened) if (dataset.kind === 'open') dataset.cancel()
    assert.deepEqual(
      opened.map(({ kind }) => kind),
      ['open', 'open'],
    )
    const found = await vendor.openDataset({ ...NAME, venue: 'deribit' }, { deadline: DEADLINE })
    assert.deepEqual(found, { kind: 'forbidden', status: 403, reason: 'the API key does not include deribit' })
    const infos = server.requests.filter(({ url }) => url!.endsWith('/api-key-info'))
    assert.deepEqual([infos.length, server.requests.length], [1, 3])
    assert.equal(infos[0]!.headers.authorization, `Bearer ${KEY}`)
  })

  it('takes a key that is refused there for refused everywhere', async () => {
    for (const status of [401, 403]) {
      await using server = await serve(withInfo((_, response) => void response.writeHead(status).end('expired')))
      await using r = rig(server.url)
      const error = await rejection(checkAccess(r.vendor, SILENT).openDataset(NAME, { deadline: DEADLINE }))
      assert.ok(error instanceof VendorRefusedError && error.reason === 'key')
      assert.equal(error.message, `GET ${server.url}/api/v1/api-key-info with an API key: answered ${status}: expired`)
      assert.deepEqual([error.status, error.untilMs], [status, Date.UTC(2024, 7, 9) + 3_600_000])
      assert.equal(server.requests.length, 1)
    }
  })

  it('requests everything where the vendor does not tell, or there is no key', async () => {
    for (const [status, body] of [
      [404, 'none'],
      [200, '{"new":"shape"}'],
      [418, 'tea'],
    ] as const) {
      await using server = await serve(withInfo((_, response) => void response.writeHead(status).end(body)))
      await using r = rig(server.url)
      const found = await checkAccess(r.vendor, SILENT).openDataset(NAME, { deadline: DEADLINE })
      assert.equal(found.kind, 'open')
      if (found.kind === 'open') found.cancel()
    }
    await using server = await serve(withInfo((_, response) => void response.end('[]')))
    await using r = rig(server.url, { apiKey: undefined })
    assert.equal(await r.vendor.keyAccess({ deadline: DEADLINE }), undefined)
    assert.equal(server.requests.length, 0)
  })
})
