import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../functions/runtime/deadline.ts'
import { GcsApi, type GcsRequest } from '../../functions/storage/gcs-api.ts'
import { applicationDefaultCredentials, type GcsCredentials } from '../../functions/storage/gcs-credentials.ts'
import { StorageError } from '../../functions/storage/storage-error.ts'

const VARIABLES = ['GOOGLE_APPLICATION_CREDENTIALS', 'GCE_METADATA_HOST', 'METADATA_SERVER_DETECTION', 'HOME'] as const
const TOKEN = JSON.stringify({
  access_token: 'good',
  issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  token_type: 'Bearer',
  expires_in: 3600,
})

/** A bucket and a token server in one, on the loopback. */
interface Servers {
  readonly url: string
  /** Requests for a token so far. */
  tokens: number
  /** False: the token server is silent. */
  responds: boolean
  /** Resolves with the next request for a token. */
  asked: PromiseWithResolvers<void>
  /** The bucket's responses to come; 200 after the last. */
  statuses: number[]
  /** What the bucket was sent as authorization. */
  readonly seen: (string | undefined)[]
  close(): Promise<void>
}

async function startServers(): Promise<Servers> {
  const server: Server = createServer((request, response) => {
    if (request.url?.startsWith('/storage/')) {
      servers.seen.push(request.headers.authorization)
      response.writeHead(servers.statuses.shift() ?? 200).end('{}')
      return
    }
    servers.tokens += 1
    servers.asked.resolve()
    if (!servers.responds) return
    response.writeHead(200, { 'content-type': 'application/json', 'metadata-flavor': 'Google' }).end(TOKEN)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const servers: Servers = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tokens: 0,
    responds: true,
    asked: Promise.withResolvers(),
    statuses: [],
    seen: [],
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return servers
}

describe('storage/gcs-api, tokens', () => {
  const before = Object.fromEntries(VARIABLES.map(name => [name, process.env[name]]))
  let folder: string
  let servers: Servers
  let api: GcsApi

  const open = (credentials: GcsCredentials, retryBudgetMs = 10_000) =>
    new GcsApi({
      bucket: 'ticks',
      url: 'gs://ticks',
      endpoint: servers.url,
      credentials,
      retryBudgetMs,
      retryDelayMs: 1,
      silenceMs: 10_000,
      proxies: undefined,
      clock: systemClock,
      random: Math.random,
    })
  const request = (signal?: AbortSignal): GcsRequest => ({
    operation: 'stat',
    object: 'a',
    method: 'GET',
    path: '/storage/v1/b/ticks/o/a',
    signal,
  })

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gcs-token-'))
    servers = await startServers()
    process.env.HOME = folder
  })
  afterEach(async () => {
    await api.close()
    await servers.close()
    await rm(folder, { recursive: true })
    for (const name of VARIABLES) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  })

  const SOURCES: Record<string, () => Promise<void>> = {
    async 'the metadata server'() {
      process.env.GCE_METADATA_HOST = servers.url.slice('http://'.length)
      process.env.METADATA_SERVER_DETECTION = 'assume-present'
    },
    async 'the token server of a federated account'() {
      const subject = join(folder, 'subject')
      await writeFile(subject, 'subject')
      const account = {
        type: 'external_account',
        audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        token_url: `${servers.url}/v1/token`,
        credential_source: { file: subject },
      }
      process.env.GOOGLE_APPLICATION_CREDENTIALS = join(folder, 'account.json')
      await writeFile(process.env.GOOGLE_APPLICATION_CREDENTIALS, JSON.stringify(account))
    },
  }
  for (const [source, use] of Object.entries(SOURCES)) {
    describe(`with a silent token server: ${source}`, () => {
      beforeEach(async () => {
        await use()
        servers.responds = false
        api = open(applicationDefaultCredentials())
      })

      it('throws the reason of the signal as soon as it is aborted, and works again later', async () => {
        const controller = new AbortController()
        const reason = new Error('no time left')
        const call = assert.rejects(api.call(request(controller.signal)), error => error === reason)
        await servers.asked.promise
        controller.abort(reason)
        await call
        servers.responds = true
        assert.equal((await api.call(request())).status, 200)
        assert.deepEqual(servers.seen, ['Bearer good'])
      })

      it('fails within the budget with a retryable error', async () => {
        const call = api.once(request(), 1)
        await assert.rejects(call, (error: unknown) => {
          assert.ok(error instanceof StorageError)
          assert.deepEqual([error.code, error.retryable], ['CREDENTIALS', true])
          assert.match(error.message, /the token server did not respond within 1 ms/)
          return true
        })
      })
    })
  }

  /** Hands out token 1, and with each renewal the next one. */
  function counting(): GcsCredentials {
    let token = 1
    return {
      headers: async () => ({ authorization: `Bearer ${token}` }),
      renew: () => {
        token += 1
      },
      isTransient: () => false,
    }
  }

  it('renews a token that was accepted before and is refused now', async () => {
    api = open(counting())
    servers.statuses = [200, 401, 200]
    await api.call(request())
    assert.equal((await api.call(request())).status, 200)
    assert.deepEqual(servers.seen, ['Bearer 1', 'Bearer 1', 'Bearer 2'])
  })

  it('sends again what was refused with a token that another request has renewed meanwhile', async () => {
    api = open(counting())
    await api.call(request())
    servers.statuses = [401, 401]
    const both = await Promise.all([api.call(request()), api.call(request())])
    assert.deepEqual(
      both.map(({ status }) => status),
      [200, 200],
    )
  })

  it('gives up on a token that is refused from the beginning', async () => {
    api = open(counting())
    servers.statuses = [401]
    await assert.rejects(api.call(request()), /401/)
    assert.equal(servers.seen.length, 1)
  })

  it('gives up where a renewed token is refused too', async () => {
    api = open(counting())
    servers.statuses = [200, 401, 401]
    await api.call(request())
    await assert.rejects(api.call(request()), /401/)
    assert.deepEqual(servers.seen, ['Bearer 1', 'Bearer 1', 'Bearer 2'])
  })
})
