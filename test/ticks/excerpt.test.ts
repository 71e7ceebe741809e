import assert from 'node:assert/strict'
import { hexBytes, quoteBytes, quoteText } from '../../functions/ticks/excerpt.ts'

const quoted = (text: string | Uint8Array) => quoteBytes(Buffer.from(text as string))

describe('how errors quote the source', () => {
  it('gives text as JSON would have it, and escapes what does not show', () => {
    assert.equal(quoted('a "b"\\ é安🦄'), '"a \\"b\\"\\\\ é安🦄"')
    assert.equal(quoted('a\n\tb\u202e\u2028\u2029\u0085\u00ad'), '"a\\n\\tb\\u{202e}\\u{2028}\\u{2029}\\u{85}\\u{ad}"')
    assert.equal(quoteText('\ud800'), '"\ufffd"')
    assert.equal(quoted(''), '""')
  })

  it('gives 120 bytes at most, and no part of a character', () => {
    const a = (count: number) => 'a'.repeat(count)
    assert.equal(quoted(a(120)), `"${a(120)}"`)
    assert.equal(quoted(a(121)), `"${a(120)}"`)
    assert.equal(quoted(`${a(118)}é`), `"${a(118)}é"`)
    assert.equal(quoted(`${a(118)}éa`), `"${a(118)}é"`)
    assert.equal(quoted(`${a(119)}é`), `"${a(119)}"`)
    assert.equal(quoted(`${a(117)}🦄`), `"${a(117)}"`)
    assert.equal(quoted(Buffer.alloc(130, 0x80)), '""')
    assert.equal(quoteText(a(121)), `"${a(120)}"`)
    assert.equal(quoteText(a(121), 7), `"${a(7)}"`)
  })

  it('gives the bytes outside plain ASCII in hex, where some are not UTF-8', () => {
    assert.equal(quoted(Buffer.from('caf\xe9', 'latin1')), '"caf\\xe9"')
    assert.equal(quoted(Buffer.from(' !~"\\\x1f\x7f\n\xff', 'latin1')), '" !~\\x22\\x5c\\x1f\\x7f\\x0a\\xff"')
  })

  it('gives hex in two digits a byte', () => {
    assert.equal(hexBytes([0, 0x0f, 0x10, 0xff]), '00 0f 10 ff')
    assert.equal(hexBytes([]), '')
  })
})
