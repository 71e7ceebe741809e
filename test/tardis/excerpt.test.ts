import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { beginningOf, excerptOf } from '../../functions/tardis/excerpt.ts'

const of = (text: string) => excerptOf(Buffer.from(text))

describe('tardis/excerpt', () => {
  it('takes the message or error of a JSON object', () => {
    assert.equal(of('{"message":"bad key"}'), 'bad key')
    assert.equal(of('{"error":"bad key"}'), 'bad key')
    assert.equal(of('{"error":{"code":1}}'), '{"error":{"code":1}}')
  })

  it('takes the text of a page, without tags, head, styles and scripts', () => {
    const page =
      '<HTML><head><title>x</title></HEAD><Style>p {}</style><p class="a>b">Just a\n<b>moment</b><script>1<2</script>'
    assert.equal(of(page), 'b">Just a moment')
    assert.equal(of('<head><title>cut off'), 'cut off')
    assert.equal(of('price < 5'), 'price < 5')
    assert.equal(of('5 > 3'), '5 > 3')
    assert.equal(of('a<b>c'), 'a c')
    assert.equal(of('much before it <style>cut'), 'much before it cut')
  })

  it('gives one line of at most 200 characters, with control characters escaped', () => {
    assert.equal(of(' a\n\tb '), 'a b')
    assert.equal(of('a\x7fb'), 'a\\u{7f}b')
    assert.equal(of('x'.repeat(200)), 'x'.repeat(200))
    assert.equal(of('x'.repeat(201)), `${'x'.repeat(200)}…`)
  })

  it('unpacks gzip, also where the end is missing', () => {
    assert.equal(excerptOf(gzipSync('busy').subarray(0, -8)), 'busy')
  })

  it('shows binary data as a length and bytes in hex, never as text', () => {
    const samples = [brotliCompressSync('x'.repeat(1000)), gzipSync(randomBytes(500)), randomBytes(500)]
    for (const bytes of [
      ...samples,
      Buffer.from([0xff, 0xfe, 0xfd]),
      gzipSync(gzipSync('a,b\n')),
      Buffer.from([0x1f, 0x8b, 9, 9]),
    ])
      assert.match(excerptOf(bytes), /^\(no text: \d+ bytes, beginning with [0-9a-f]{2,16} in hex\)$/)
  })

  it('keeps a text of which a few bytes are in another encoding', () => {
    assert.equal(excerptOf(Buffer.from('123456789\xfc', 'latin1')), '123456789\uFFFD')
    assert.equal(excerptOf(Buffer.from('Dienst nicht verf\xfcgbar', 'latin1')), 'Dienst nicht verf\uFFFDgbar')
  })

  it('reads no more of a stream than 4 KiB and the chunk that exceeds it', async () => {
    let given = 0
    async function* endless() {
      for (; ; given++) yield Buffer.alloc(1000, 'x')
    }
    assert.equal((await beginningOf(endless())).length, 4096)
    assert.equal(given, 4)
    async function* exact() {
      yield Buffer.alloc(4096, 'x')
      assert.fail('no more is expected to be read')
    }
    assert.equal((await beginningOf(exact())).length, 4096)
  })
})
