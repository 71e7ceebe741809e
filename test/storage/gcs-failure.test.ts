import assert from 'node:assert/strict'
import { responseText } from '../../functions/storage/gcs-failure.ts'

const textOf = (body: string) => responseText({ status: 503, body: Buffer.from(body) })

describe('storage/gcs-failure: the text of a response', () => {
  it('is the message of a JSON error', () => {
    assert.equal(textOf('{"error":{"message":"no quota left"}}'), '503 no quota left')
  })

  it('is the beginning of any other body, on one line', () => {
    assert.equal(textOf('  <html>\nbusy\u0007 '), '503 <html>\\nbusy\\u{7}')
    assert.equal(textOf('x'.repeat(201)), `503 ${'x'.repeat(200)}`)
    for (const json of ['{}', '{"error":{}}', '{"error":"text"}', '{"error":{"message":7}}', 'null'])
      assert.equal(textOf(json), `503 ${json}`)
    assert.equal(textOf(''), '503 ')
  })

  it('is read from the first 10,000 bytes', () => {
    const errorOf = (length: number) => `{"error":{"message":"${'x'.repeat(length)}"}}`
    const around = errorOf(0).length
    assert.equal(textOf(errorOf(10_000 - around)).length, '503 '.length + 10_000 - around)
    assert.equal(textOf(errorOf(10_001 - around)).length, '503 '.length + 200)
  })
})
