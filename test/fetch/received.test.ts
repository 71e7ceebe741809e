import assert from 'node:assert/strict'
import { reportReceived } from '../../functions/fetch/received.ts'

describe('reportReceived', () => {
  it('reports compressed bytes as they arrive, with what has been converted by then', async () => {
    const reports: unknown[] = []
    async function* body() {
      yield Buffer.alloc(10)
      yield Buffer.alloc(5)
    }
    const source = reportReceived(body(), done => reports.push(Object.values(done)))
    const chunks: number[] = []
    for await (const chunk of source.body) {
      chunks.push(chunk.length)
      if (chunks.length === 1) source.onProgress({ sourceBytes: 1, textBytes: 100, rows: 7 })
    }
    assert.deepEqual(chunks, [10, 5])
    assert.deepEqual(reports, [
      [10, 0, 0],
      [10, 100, 7],
      [15, 100, 7],
    ])
  })

  it('ends the body where the reader gives up, and passes its error on', async () => {
    let isClosed = false
    async function* body() {
      try {
        yield Buffer.alloc(1)
        throw new Error('broken')
      } finally {
        isClosed = true
      }
    }
    for await (const _ of reportReceived(body(), () => {}).body) break
    assert.ok(isClosed)
    await assert.rejects(async () => {
      for await (const _ of reportReceived(body(), () => {}).body);
    }, /broken/)
  })
})
