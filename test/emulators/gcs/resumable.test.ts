import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { someBytes } from '../../support/bucket-suite.ts'
import { BUCKET, type Served, serveFolder } from './with-server.ts'

const QUANTUM = 256 * 1024
const UPLOAD = `/upload/storage/v1/b/${BUCKET}/o`

describe('emulators/gcs: resumable uploads', () => {
  let served: Served
  beforeEach(async () => {
    served = await serveFolder()
  })
  afterEach(() => served.close())

  async function begin(name: string, query = ''): Promise<string> {
    const path = `${UPLOAD}?uploadType=resumable&name=${encodeURIComponent(name)}${query}`
    const response = await served.call('POST', path, { headers: { 'x-upload-content-type': 'text/plain' } })
    assert.equal(response.status, 200)
    return response.headers.get('location')!
  }
  const send = (uri: string, range: string, body?: Uint8Array) =>
    served.call('PUT', uri, { headers: { 'content-range': `bytes ${range}` }, body: body ? Buffer.from(body) : null })

  it('keep chunks, report how many bytes they have, and commit with the last byte', async () => {
    const content = someBytes(2 * QUANTUM + 10)
    const uri = await begin('a')
    const status = await send(uri, '*/*')
    assert.equal(status.status, 308)
    assert.equal(status.headers.get('range'), null)
    const first = await send(uri, `0-${QUANTUM - 1}/*`, content.subarray(0, QUANTUM))
    assert.equal(first.status, 308)
    assert.equal(first.headers.get('range'), `bytes=0-${QUANTUM - 1}`)
    assert.equal((await send(uri, '*/*')).headers.get('range'), `bytes=0-${QUANTUM - 1}`)
    assert.equal((await served.get('a')).status, 404)
    const total = content.length
    const last = await send(uri, `${QUANTUM}-${total - 1}/${total}`, content.subarray(QUANTUM))
    assert.equal(last.status, 200)
    const resource = (await last.json()) as { size: string; contentType: string }
    assert.equal(resource.size, String(total))
    assert.equal(resource.contentType, 'text/plain')
    assert.ok(Buffer.from(content).equals(await readFile(join(served.folder, 'a'))))
    // A client that missed the response gets the same one again.
    assert.deepEqual(await (await send(uri, '*/*')).json(), resource)
  })

  it('skip bytes that they have, and refuse gaps', async () => {
    const content = someBytes(3 * QUANTUM)
    const uri = await begin('a')
    await send(uri, `0-${2 * QUANTUM - 1}/*`, content.subarray(0, 2 * QUANTUM))
    assert.equal(
      (await send(uri, `${2 * QUANTUM + 1}-${3 * QUANTUM - 1}/${3 * QUANTUM}`, content.subarray(2 * QUANTUM + 1)))
        .status,
      400,
    )
    const response = await send(uri, `${QUANTUM}-${3 * QUANTUM - 1}/${3 * QUANTUM}`, content.subarray(QUANTUM))
    assert.equal(response.status, 200)
    assert.ok(Buffer.from(content).equals(await readFile(join(served.folder, 'a'))))
  })

  it('commit by a status query once the size is known', async () => {
    const uri = await begin('a')
    await send(uri, `0-${QUANTUM - 1}/*`, someBytes(QUANTUM))
    assert.equal((await send(uri, `*/${QUANTUM + 1}`)).status, 308)
    assert.equal((await send(uri, `*/${QUANTUM}`)).status, 200)
  })

  it('take the whole object in one request without a range', async () => {
    const response = await served.call('PUT', await begin('a'), { body: 'whole' })
    assert.equal(response.status, 200)
    assert.equal(await (await served.media('a')).text(), 'whole')
  })

  it('refuse chunks that are no multiples of 256 KiB, wrong lengths and invalid ranges', async () => {
    const uri = await begin('a')
    assert.equal((await send(uri, '0-99999/*', someBytes(100_000))).status, 400)
    assert.equal((await send(uri, `0-${QUANTUM - 1}/*`, someBytes(QUANTUM - 1))).status, 400)
    for (const range of ['0-5', '5-0/10', '0-10/10', 'x/*', '*/x']) {
      assert.equal((await send(uri, range)).status, 400, range)
    }
    assert.equal((await send(uri, '*/*')).headers.get('range'), null)
  })

  it('keep the whole quanta of a request that breaks off', async () => {
    const uri = new URL(await begin('a'))
    const socket = connect(Number(uri.port), uri.hostname)
    await once(socket, 'connect')
    const length = 4 * QUANTUM
    const head = `PUT ${uri.pathname}${uri.search} HTTP/1.1\r\nhost: ${uri.host}\r\ncontent-length: ${length}\r\n`
    socket.write(`${head}content-range: bytes 0-${length - 1}/*\r\n\r\n`)
    const content = someBytes(length)
    await new Promise(resolve => socket.write(content.subarray(0, 2 * QUANTUM + 1234), resolve))
    // Two of the quanta have arrived once they stand in the upload's file.
    const folder = join(served.folder, '.tick-handler/uploads')
    const [file] = await readdir(folder)
    while ((await readFile(join(folder, file!))).length < 2 * QUANTUM);
    socket.resetAndDestroy()
    const status = await send(uri.href, '*/*')
    assert.equal(status.headers.get('range'), `bytes=0-${2 * QUANTUM - 1}`)
    const rest = await send(uri.href, `${2 * QUANTUM}-${length - 1}/${length}`, content.subarray(2 * QUANTUM))
    assert.equal(rest.status, 200)
    assert.ok(Buffer.from(content).equals(await readFile(join(served.folder, 'a'))))
  })

  it('check the precondition at their beginning and at their end', async () => {
    const uri = await begin('a', '&ifGenerationMatch=0')
    await send(uri, `0-${QUANTUM - 1}/*`, someBytes(QUANTUM))
    await served.put('a', 'rival')
    assert.equal((await send(uri, `${QUANTUM}-${QUANTUM}/${QUANTUM + 1}`, someBytes(1))).status, 412)
    const path = `${UPLOAD}?uploadType=resumable&name=a&ifGenerationMatch=0`
    assert.equal((await served.call('POST', path)).status, 412)
    assert.equal(await (await served.media('a')).text(), 'rival')
    assert.deepEqual(await readdir(join(served.folder, '.tick-handler/uploads')), [])
  })

  it('end when they are cancelled, and with the process', async () => {
    const cancelled = await begin('a')
    await send(cancelled, `0-${QUANTUM - 1}/*`, someBytes(QUANTUM))
    assert.equal((await served.call('DELETE', cancelled)).status, 499)
    assert.equal((await send(cancelled, '*/*')).status, 404)
    assert.equal((await served.call('DELETE', cancelled)).status, 404)
    await begin('b')
    await served.restart()
    assert.deepEqual(await readdir(join(served.folder, '.tick-handler/uploads')), [])
  })

  it('check the content that X-Goog-Hash states', async () => {
    const uri = await begin('a')
    const headers = { 'content-range': 'bytes 0-8/9', 'x-goog-hash': 'crc32c=AAAAAA==' }
    const refused = await served.call('PUT', uri, { headers, body: '123456789' })
    assert.equal(refused.status, 400)
    assert.equal((await served.get('a')).status, 404)
    const right = { 'content-range': 'bytes 0-8/9', 'x-goog-hash': 'md5=JfnnlDI7RTiF9RgfG2JNCw==,crc32c=4waSgw==' }
    assert.equal((await served.call('PUT', await begin('a'), { headers: right, body: '123456789' })).status, 200)
  })
})
