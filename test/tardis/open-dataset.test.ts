import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { createRedactor, VendorError } from '../../functions/tardis/error.ts'
import { openDatasetBody, statedLength } from '../../functions/tardis/open-dataset.ts'
import { collect, FILE, leapingClock, rejection } from './loopback.ts'

interface Answer {
  readonly headers?: Readonly<Record<string, string>>
  readonly chunks?: readonly Uint8Array[]
}

/** A response, and what becomes of it. */
function answer({ headers = {}, chunks = [FILE] }: Answer) {
  const ended: string[] = []
  const response = {
    status: 200,
    header: (name: string) => headers[name],
    address: 'http://a/b',
    wasKeySent: false,
    body: (async function* () {
      yield* chunks
    })(),
    cancel: () => void ended.push('response'),
  }
  const call = { signal: new AbortController().signal, end: () => void ended.push('call') }
  const minThroughput = { bytes: 1, windowMs: 60_000 }
  const options = { clock: leapingClock(), minThroughput, redactor: createRedactor('secret'), freesChunks: false }
  return { ended, response, open: () => openDatasetBody(response, { ...options, call }) }
}

describe('tardis/open-dataset', () => {
  it('ends call and response when the body has been read, is abandoned, or is cancelled', async () => {
    for (const end of ['read', 'abandon', 'cancel']) {
      const { ended, open } = answer({})
      const dataset = await open()
      assert.deepEqual(ended, [])
      if (end === 'read') await collect(dataset.body)
      else if (end === 'cancel') dataset.cancel()
      else for await (const _ of dataset.body) break
      assert.deepEqual(ended, ['call', 'response'], end)
    }
  })

  it('says that sample data is generated, where the server says so', async () => {
    const isGenerated = async (headers: Record<string, string>) => (await answer({ headers }).open()).isGenerated
    assert.equal(await isGenerated({ 'x-generated': 'true' }), true)
    assert.equal(await isGenerated({ 'x-generated': 'yes' }), false)
    assert.equal(await isGenerated({}), false)
  })

  it('takes a length that is a number alone', () => {
    const lengthOf = (text?: string) =>
      statedLength(answer({ headers: text === undefined ? {} : { 'content-length': text } }).response)
    assert.equal(lengthOf('120'), 120)
    for (const other of [undefined, '', '12x', 'x12', '-1']) assert.equal(lengthOf(other), undefined)
  })

  it('states the length of the file, and none where the file is wrapped', async () => {
    const lengthOf = async (file: Buffer) => {
      const headers = { 'content-length': String(file.length) }
      return (await answer({ headers, chunks: [file] }).open()).contentLength
    }
    assert.equal(await lengthOf(FILE), FILE.length)
    assert.equal(await lengthOf(gzipSync(FILE)), undefined)
  })

  it('refuses a body of 0 bytes: it is damaged, and may come whole the next time', async () => {
    const error = await rejection(answer({ chunks: [] }).open())
    assert.ok(error instanceof VendorError)
    assert.deepEqual([error.retryable, error.isLasting, error.status], [true, false, 200])
    const text = 'the body has 0 bytes, expected a gzip file, which has about 20 bytes even for a day without data'
    assert.equal(error.message, `GET http://a/b: ${text}`)
  })

  for (const [what, headers, chunk, found] of [
    ['a page', { 'content-type': 'text/HTML' }, Buffer.from('a secret page'), 'text/HTML'],
    ['a page, whatever its bytes are', { 'content-type': 'text/html' }, FILE, 'text/html'],
    ['JSON, whatever its bytes are', { 'content-type': 'application/json' }, FILE, 'application/json'],
    ['a text', {}, Buffer.from('busy'), 'no content type'],
    ['an encoded text', { 'content-encoding': 'br' }, Buffer.from('x'), 'no content type in Content-Encoding br'],
    ['a long header', { 'content-type': 'é'.repeat(101) }, Buffer.from('x'), '?'.repeat(100)],
  ] as const)
    it(`refuses ${what}: its sender keeps sending it for a while`, async () => {
      const error = await rejection(answer({ headers, chunks: [chunk] }).open())
      assert.ok(error instanceof VendorError)
      assert.deepEqual([error.retryable, error.isLasting, error.status], [true, true, 200])
      assert.ok(error.message.startsWith(`GET http://a/b: answered ${found} instead of a gzip file: `), error.message)
      assert.ok(!error.message.includes('secret'))
    })
})
