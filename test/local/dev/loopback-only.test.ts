import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { connect } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startGcsServer } from '../../../functions/emulators/gcs/server.ts'
import { sampleSource } from '../../../functions/emulators/tardis/sample-source.ts'
import { startTardisServer } from '../../../functions/emulators/tardis/server.ts'
import { runFunction } from '../../../functions/local/dev/function.ts'
import { startPushProxy } from '../../../functions/local/dev/push-proxy.ts'
import { type Subscription, subscriptionsOf } from '../../../functions/local/dev/topology.ts'
import { readConfig } from '../../../functions/runtime/config/config.ts'

const FIXTURE = fileURLToPath(new URL('../../fixtures/stopped-function.ts', import.meta.url))

/** Starts one of the servers that `dev` runs, and gives its port. */
type Start = (parts: AsyncDisposableStack) => Promise<number>

const SERVERS: Record<string, Start> = {
  'a function': async parts => {
    const [first] = subscriptionsOf(readConfig({}))
    const subscription = { ...first!, name: 'stopped' } as unknown as Subscription
    const { PATH } = process.env
    const env = { PATH, METADATA_SERVER_DETECTION: 'none' }
    const running = await runFunction({ subscription, source: FIXTURE, env, onLine: () => {}, onEvent: () => {} })
    parts.defer(() => running.stop())
    return running.port()
  },
  'the proxy of pushes': async parts => {
    const proxy = await startPushProxy({ instance: () => Promise.reject(new Error('none')), session: 'run' })
    parts.defer(() => proxy.close())
    return portOf(proxy.url)
  },
  'the bucket': async parts => {
    const folder = await mkdtemp(join(tmpdir(), 'loopback-'))
    parts.defer(() => rm(folder, { recursive: true }))
    const server = await startGcsServer({ folder, bucket: 'ticks' })
    parts.defer(() => server.close())
    return portOf(server.endpoint)
  },
  'the vendor': async parts => {
    const server = await startTardisServer({ source: sampleSource({ dates: ['2024-08-01', '2024-08-02'] }) })
    parts.defer(() => server.close())
    return portOf(server.apiUrl)
  },
}

describe('tick-handler dev', () => {
  for (const [name, start] of Object.entries(SERVERS)) {
    describe(name, () => {
      let parts: AsyncDisposableStack
      let port: number
      before(async () => {
        parts = new AsyncDisposableStack()
        port = await start(parts)
      })
      after(() => parts.disposeAsync())

      it('is reached on loopback', async () => {
        assert.notEqual(await statusOf(port, { host: `127.0.0.1:${port}` }), 403)
      })

      it('is not reached at the addresses that other machines have for this one', async function () {
        const addresses = Object.values(networkInterfaces()).flatMap(list => list ?? [])
        const open = addresses.filter(({ internal, family }) => !internal && family === 'IPv4')
        if (open.length === 0) {
          console.warn('SKIPPED: this machine has no address but loopback, so reaching dev from outside was not tried')
          this.skip()
        }
        for (const { address } of open) {
          await assert.rejects(once(connect(port, address), 'connect'), { code: 'ECONNREFUSED' }, address)
        }
      })

      it('refuses the requests of a page', async () => {
        assert.equal(await statusOf(port, { host: 'rebound.example.org' }), 403)
        assert.equal(await statusOf(port, { host: `127.0.0.1:${port}`, origin: 'https://example.org' }), 403)
      })
    })
  }
})

function portOf(url: string): number {
  return Number(new URL(url).port)
}

async function statusOf(port: number, headers: Record<string, string>): Promise<number | undefined> {
  const [response] = await once(request({ host: '127.0.0.1', port, headers }).end(), 'response')
  response.resume()
  return response.statusCode
}
