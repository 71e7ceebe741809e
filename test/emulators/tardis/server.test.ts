import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { folderSource } from '../../../functions/emulators/tardis/folder-source.ts'
import { sampleSource } from '../../../functions/emulators/tardis/sample-source.ts'
import { startTardisServer, type TardisServer } from '../../../functions/emulators/tardis/server.ts'
import { Secret } from '../../../functions/runtime/config/secret.ts'
import { createDeadline } from '../../../functions/runtime/deadline.ts'
import { createVendor } from '../../../functions/tardis/vendor.ts'
import { collect, FILE, recordLog } from '../../tardis/loopback.ts'

const PATH = 'binance/trades/2024/08/08/BTC-USDT.csv.gz'

/** Sends the path as it is, dots and all, which fetch would tidy up. */
function status(url: string, path: string, method = 'GET', headers: Record<string, string> = {}): Promise<number> {
  const { hostname, port, pathname } = new URL(url)
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path: pathname + path, method, headers }, response => {
      response.resume()
      resolve(response.statusCode!)
    })
    sent.on('error', reject).end()
  })
}

describe('emulators/tardis', () => {
  let folder: string
  let server: TardisServer | undefined
  const put = async (path: string, content: string | Uint8Array) => {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
  const start = async (options: { apiKey?: Secret } = {}) => {
    server = await startTardisServer({ source: folderSource(join(folder, 'data')), ...options })
    return server
  }
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tardis-'))
    await put('secret', 'secret')
    await put('data/exchanges/binance.json', '{"id":"binance"}')
    await put(`data/datasets/${PATH}`, FILE)
    await put('data/datasets/binance/trades/2024/08/01/BTC-USDT.csv.gz', FILE)
  })
  afterEach(async () => {
    await server?.close()
    await server?.close()
    server = undefined
    await rm(folder, { recursive: true })
  })

  it('serves a folder in the vendor’s layout, with lengths and digests', async () => {
    const { apiUrl, datasetsUrl } = await start()
    const exchange = await fetch(`${apiUrl}/exchanges/binance`)
    assert.deepEqual(await exchange.json(), { id: 'binance' })
    const dataset = await fetch(`${datasetsUrl}/${PATH}`)
    const md5 = createHash('md5').update(FILE).digest('hex')
    assert.equal(dataset.headers.get('x-generated'), null, 'recordings are not made up')
    assert.deepEqual(Buffer.from(await dataset.arrayBuffer()), FILE)
    const header = (name: string) => dataset.headers.get(name)
    assert.deepEqual(['content-length', 'x-md5', 'etag', 'content-encoding'].map(header), [
      `${FILE.length}`,
      md5,
      `"${md5}"`,
      null,
    ])
  })

  it('lists the known venues in its response to an unknown one', async () => {
    const { apiUrl } = await start()
    const response = await fetch(`${apiUrl}/exchanges/binanse`)
    assert.equal(response.status, 400)
    assert.match(await response.text(), /'binanse'.*Available exchanges: binance\./)
  })

  it('refuses what the vendor refuses', async () => {
    const { datasetsUrl } = await start()
    const cases: [number, string, string?, Record<string, string>?][] = [
      [404, `/${PATH}`, 'HEAD'],
      [405, `/${PATH}`, 'POST'],
      [403, `/${PATH}`, 'GET', { range: 'bytes=0-9' }],
      [404, `/${PATH.replace('BTC', 'btc')}`],
      [404, `/${PATH.replace('trades', 'quotes')}`],
      [404, `/${PATH.replace('.gz', '')}`],
      [404, '/'],
      [200, `/${PATH}`],
    ]
    for (const [expected, path, method, headers] of cases)
      assert.equal(await status(datasetsUrl, path, method, headers), expected, `${method} ${path}`)
  })

  it('requires the key, except for the first day of a month', async () => {
    const { datasetsUrl } = await start({ apiKey: new Secret('right') })
    const withKey = (key: string, path = PATH) =>
      status(datasetsUrl, `/${path}`, 'GET', { authorization: `Bearer ${key}` })
    assert.equal(await status(datasetsUrl, `/${PATH}`), 401)
    assert.equal(await withKey('wrong'), 401)
    assert.equal(await withKey('right'), 200)
    assert.equal(await status(datasetsUrl, `/${PATH.replace('08/08', '08/01')}`), 200)
  })

  it('serves instruments only where the subscription is said to include them', async () => {
    const source = sampleSource({ dates: ['2024-08-08'], venues: ['binance'] })
    const statusOf = async (servesInstruments: boolean, venue = 'binance') => {
      await using stack = new AsyncDisposableStack()
      const one = stack.adopt(await startTardisServer({ source, servesInstruments }), closing => closing.close())
      const response = await fetch(`${one.apiUrl}/instruments/${venue}`)
      const body = (await response.json()) as { id: string; priceIncrement: number }[]
      return response.ok ? body.map(({ id, priceIncrement }) => `${id} ${priceIncrement}`) : response.status
    }
    assert.deepEqual(await statusOf(true), ['ETHUSDT 0.01', 'SOLBTC 1e-8'])
    assert.equal(await statusOf(true, 'nowhere'), 404)
    assert.equal(await statusOf(false), 401)
  })

  it('serves no file outside its folder', async () => {
    const { apiUrl, datasetsUrl } = await start()
    for (const path of ['..%2f..%2fsecret', '%2e%2e', '..', '%00', '%ff', '.hidden']) {
      const found = [
        await status(apiUrl, `/exchanges/${path}`),
        await status(datasetsUrl, `/${path}/trades/2024/08/08/BTC-USDT.csv.gz`),
        await status(datasetsUrl, `/binance/trades/2024/08/08/${path}.csv.gz`),
      ]
      assert.ok(
        found.every(code => code === 400 || code === 404),
        `${path}: ${found}`,
      )
    }
  })

  it('lets a test plant faults', async () => {
    server = await startTardisServer({
      source: folderSource(join(folder, 'data')),
      intercept(request, response) {
        if (!request.url?.includes('/08/08/')) return false
        response.writeHead(503).end()
        return true
      },
    })
    assert.equal(await status(server.datasetsUrl, `/${PATH}`), 503)
    assert.equal(await status(server.datasetsUrl, `/${PATH.replace('08/08', '08/01')}`), 200)
  })

  it('responds to our own client as the vendor does', async () => {
    const apiKey = new Secret('right')
    server = await startTardisServer({ source: sampleSource({ dates: ['2024-08-08'], rowsPerFile: 1000 }), apiKey })
    using deadline = createDeadline(20_000)
    const open = async (key: Secret | undefined, symbol: string) => {
      const vendor = createVendor({ ...server!, apiKey: key, log: recordLog([]) })
      try {
        const outcome = await vendor.exchange('binance', { deadline })
        assert.equal(outcome.kind, 'known')
        assert.equal((await vendor.exchange('nobody', { deadline })).kind, 'unknown')
        const name = { venue: 'binance', dataType: 'trades', date: '2024-08-08', symbol }
        const found = await vendor.openDataset(name, { deadline })
        if (found.kind !== 'open') return found.kind
        return (await collect(found.body)).length === found.contentLength
      } finally {
        await vendor.close()
      }
    }
    assert.equal(await open(apiKey, 'ethusdt'), true)
    assert.equal(await open(apiKey, 'NOBODY'), 'missing')
    assert.equal(await open(undefined, 'ETHUSDT'), 'forbidden')
  })
})
