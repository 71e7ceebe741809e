import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parseMultipart } from '../../../functions/emulators/gcs/multipart.ts'

const TYPE = 'multipart/related; boundary=frontier'
const head = (metadata: string) =>
  `--frontier\r\nContent-Type: application/json\r\n\r\n${metadata}\r\n--frontier\r\nContent-Type: text/x; q=1\r\n\r\n`

async function* pieces(body: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  const ends = [...new Set(cuts.map(cut => cut % body.length))].toSorted((a, b) => a - b)
  let start = 0
  for (const end of [...ends, body.length]) {
    yield body.subarray(start, end)
    start = end
  }
}

async function collect(media: AsyncIterable<Buffer>): Promise<Buffer> {
  const found: Buffer[] = []
  for await (const piece of media) found.push(piece)
  return Buffer.concat(found)
}

describe('emulators/gcs/multipart', () => {
  it('splits a body whatever its pieces and whatever the media holds', async () => {
    const almost = fc
      .constantFrom('\r\n--frontie', '\r\n', '--frontier', '\r\n-', '\r\r\n--front')
      .map(text => Buffer.from(text))
    const bytes = fc.uint8Array({ maxLength: 20 }).map(data => Buffer.from(data))
    const media = fc.array(fc.oneof(almost, bytes), { maxLength: 6 }).map(parts => Buffer.concat(parts))
    const cuts = fc.array(fc.nat(300), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(
        media.filter(data => !data.includes('\r\n--frontier')),
        cuts,
        async (content, at) => {
          const body = Buffer.concat([Buffer.from(head('{"name":"a"}')), content, Buffer.from('\r\n--frontier--')])
          const parts = await parseMultipart(pieces(body, at), TYPE)
          assert.equal(parts.metadata, '{"name":"a"}')
          assert.equal(parts.contentType, 'text/x; q=1')
          assert.ok((await collect(parts.media)).equals(content))
        },
      ),
      { numRuns: 300 },
    )
  })

  it('takes quoted boundaries', async () => {
    const body = Buffer.from(`${head('{}')}x\r\n--frontier--\r\n`)
    const parts = await parseMultipart(pieces(body, []), 'multipart/related; boundary="frontier"; charset=utf-8')
    assert.equal((await collect(parts.media)).toString(), 'x')
  })

  it('refuses a body that ends before its closing boundary', async () => {
    const parts = await parseMultipart(pieces(Buffer.from(`${head('{}')}almost all`), []), TYPE)
    await assert.rejects(collect(parts.media), /closing boundary/)
    await assert.rejects(parseMultipart(pieces(Buffer.from('--frontier\r\n'), []), TYPE), /ends before/)
    await assert.rejects(parseMultipart(pieces(Buffer.from('x'), []), 'multipart/related'), /names no boundary/)
  })

  it('refuses a head over its maximum size', async () => {
    async function* endless() {
      for (;;) yield Buffer.alloc(65_536)
    }
    await assert.rejects(parseMultipart(endless(), TYPE), /in its head/)
  })
})
