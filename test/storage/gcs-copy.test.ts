import assert from 'node:assert/strict'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGcsBucket } from '../../functions/storage/gcs.ts'
import { StorageError } from '../../functions/storage/storage-error.ts'

const SOURCE = { name: 'a/b', generation: '7', bytes: 3, crc32c: 'AAAAAA==' }
const COPY = { name: 'c/d', generation: '8', size: '3', crc32c: 'AAAAAA==' }
const TYPE = { contentType: 'application/vnd.apache.parquet' }

interface Answer {
  readonly status?: number
  readonly body: object | null
}

/** Copies, with the bucket's answers given one by one. @returns the outcome, and the requests */
async function copyWith(answers: readonly Answer[]) {
  const requests: { readonly url: URL; readonly body: string; readonly type: string | undefined }[] = []
  const left = [...answers]
  const server = createServer(async (request, response) => {
    const type = request.headers['content-type']
    requests.push({ url: new URL(request.url!, 'http://bucket'), body: await textOf(request), type })
    const { status = 200, body } = left.shift() ?? { status: 500, body: {} }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const apiEndpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const bucket = createGcsBucket({ bucket: 'ticks', apiEndpoint, retryDelayMs: 1, retryBudgetMs: 2_000 })
  try {
    const outcome = await bucket.copy(SOURCE, 'c/d', TYPE).catch((error: Error) => error)
    return { outcome, requests, unanswered: left.length }
  } finally {
    await bucket.close()
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  return Buffer.concat(await request.toArray()).toString()
}

const committed = { outcome: 'committed', object: { name: 'c/d', generation: '8', bytes: 3, crc32c: 'AAAAAA==' } }

function assertError(outcome: unknown, code: string): void {
  assert.ok(outcome instanceof StorageError)
  assert.deepEqual([outcome.code, outcome.retryable], [code, false])
}

describe('a copy inside a bucket of Cloud Storage', () => {
  it('names the generation, creates only, states the metadata, and goes on until the bucket is done', async () => {
    const { outcome, requests } = await copyWith([
      { body: { done: false, rewriteToken: 'more' } },
      { body: { done: true, resource: COPY } },
    ])
    assert.deepEqual(outcome, committed)
    assert.deepEqual(
      requests.map(({ url }) => [url.pathname, url.searchParams.get('rewriteToken')]),
      [null, 'more'].map(token => ['/storage/v1/b/ticks/o/a%2Fb/rewriteTo/b/ticks/o/c%2Fd', token]),
    )
    for (const { url, body, type } of requests) {
      assert.equal(type, 'application/json')
      assert.equal(url.searchParams.get('fields'), 'done,rewriteToken,resource(name,generation,size,crc32c)')
      assert.deepEqual(
        [url.searchParams.get('sourceGeneration'), url.searchParams.get('ifGenerationMatch')],
        ['7', '0'],
      )
      assert.equal(body, JSON.stringify(TYPE))
    }
  })

  it('takes a copy whose response was lost for its own', async () => {
    const { outcome } = await copyWith([{ status: 503, body: {} }, { status: 412, body: {} }, { body: COPY }])
    assert.deepEqual(outcome, committed)
  })

  it('is a conflict where another content has the name', async () => {
    const { outcome } = await copyWith([{ status: 412, body: {} }, { body: { ...COPY, crc32c: 'BBBBBB==' } }])
    assert.deepEqual(outcome, { outcome: 'conflict' })
    const { outcome: gone } = await copyWith([
      { status: 412, body: {} },
      { status: 404, body: {} },
    ])
    assert.deepEqual(gone, { outcome: 'conflict' })
  })

  it('fails on a response that is no copy of the source', async () => {
    const other = await copyWith([{ body: { done: true, resource: { ...COPY, size: '4' } } }])
    assert.match(String(other.outcome), /copy gs:\/\/ticks\/c\/d: the copy is not what a\/b is: \{/)
    assertError(other.outcome, 'CHECKSUM')
    const endless = await copyWith([{ body: { done: false } }])
    assert.match(String(endless.outcome), /the copy is not done, and has no token: \{"done":false\}/)
    assertError(endless.outcome, 'BAD_RESPONSE')
    const none = await copyWith([{ body: null }])
    assert.match(String(none.outcome), /the copy is not done, and has no token: null/)
  })
})
