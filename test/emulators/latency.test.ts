import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, get, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sinon from 'sinon'
import { startGcsServer } from '../../functions/emulators/gcs/server.ts'
import { withLatency } from '../../functions/emulators/latency.ts'
import { sampleSource } from '../../functions/emulators/tardis/sample-source.ts'
import { startTardisServer } from '../../functions/emulators/tardis/server.ts'
import { type Clock, systemClock } from '../../functions/runtime/deadline.ts'

/** A clock whose timers fire when the test says so. */
class HeldClock implements Clock {
  readonly waits: { readonly ms: number; readonly fire: () => void }[] = []
  #next: (() => void) | undefined
  readonly now = () => 0
  readonly clearTimeout = () => {}
  readonly setTimeout = (fire: () => void, ms: number) => {
    this.waits.push({ ms, fire })
    this.#next?.()
  }

  /** Resolves when that many timers have been set. */
  async has(count: number): Promise<void> {
    while (this.waits.length < count) await new Promise<void>(resolve => (this.#next = resolve))
  }
}

describe('emulators/latency', () => {
  let server: Server
  let clock: HeldClock
  let served: string[]

  beforeEach(async () => {
    clock = new HeldClock()
    served = []
    const listener = withLatency(
      (request, response) => {
        served.push(request.url!)
        response.end()
      },
      150,
      clock,
    )
    server = createServer(listener)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  const ask = (path: string) => get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, path })

  it('shows a request to the listener when the latency is over, others waiting beside it', async () => {
    const requests = [ask('/a'), ask('/b')]
    await clock.has(2)
    assert.deepEqual([served, clock.waits.map(wait => wait.ms)], [[], [150, 150]])
    for (const { fire } of clock.waits) fire()
    await Promise.all(requests.map(request => once(request, 'response')))
    assert.deepEqual(served.sort(), ['/a', '/b'])
  })

  it('drops a request whose client has disconnected meanwhile', async () => {
    const disconnected = once(server, 'connection').then(([socket]) => once(socket, 'close'))
    const request = ask('/a')
    request.on('error', () => {})
    await clock.has(1)
    request.destroy()
    await disconnected
    clock.waits[0]!.fire()
    const next = ask('/b')
    await clock.has(2)
    clock.waits[1]!.fire()
    await once(next, 'response')
    assert.deepEqual(served, ['/b'])
  })

  it('is the listener itself without latency', () => {
    const listener = () => {}
    assert.equal(withLatency(listener), listener)
  })
})

describe('emulators with latency', () => {
  let waits: sinon.SinonSpy

  beforeEach(() => {
    waits = sinon.spy(systemClock, 'setTimeout')
  })
  afterEach(() => waits.restore())

  it('delays the responses of the Tardis server', async () => {
    const source = sampleSource({ dates: ['2024-08-01'], rowsPerFile: 10 })
    const server = await startTardisServer({ source, latencyMs: 7 })
    const response = await fetch(`${server.apiUrl}/exchanges`).finally(() => server.close())
    assert.deepEqual([response.status, waits.args.map(([, ms]) => ms)], [200, [7]])
  })

  it('delays the responses of the bucket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'latency-'))
    const server = await startGcsServer({ folder, bucket: 'ticks', latencyMs: 7 })
    const response = await fetch(`${server.endpoint}/storage/v1/b/ticks/o`).finally(() => server.close())
    await rm(folder, { recursive: true })
    assert.equal(response.status, 200)
    assert.ok(waits.args.some(([, ms]) => ms === 7))
  })
})
