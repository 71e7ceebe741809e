import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { createDeadline } from '../../functions/runtime/deadline.ts'
import { freeing } from '../../functions/tardis/body.ts'
import { createVendor } from '../../functions/tardis/vendor.ts'
import { World } from '../fetch/world.ts'

const NAME = { venue: 'binance', dataType: 'trades', date: '2024-08-08', symbol: 'BTCUSDT' }

async function* from(...chunks: Uint8Array[]) {
  yield* chunks
}

describe('freeing', () => {
  it('gives the memory of a chunk back when the next one is requested, and at the end', async () => {
    const chunks = [new Uint8Array(8).fill(1), new Uint8Array(8).fill(2)]
    const seen: number[][] = []
    for await (const chunk of freeing(from(...chunks))) seen.push([...chunk, ...chunks.map(one => one.byteLength)])
    assert.deepEqual(seen, [
      [1, 1, 1, 1, 1, 1, 1, 1, 8, 8],
      [2, 2, 2, 2, 2, 2, 2, 2, 0, 8],
    ])
    assert.deepEqual(
      chunks.map(one => one.byteLength),
      [0, 0],
    )
  })

  it('keeps a buffer that another chunk may be a part of', async () => {
    const whole = new Uint8Array(8)
    for await (const _ of freeing(from(whole.subarray(0, 4), whole.subarray(4)))) assert.equal(whole.byteLength, 8)
    assert.equal(whole.byteLength, 8)
  })

  it('is what a dataset does with freesChunks, and the bytes are the same', async () => {
    const file = gzipSync(Buffer.from(Array.from({ length: 1 << 21 }, (_, i) => (i * i) >> 5)), { level: 0 })
    const server = createServer((_, response) => response.writeHead(200, { 'content-length': file.length }).end(file))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const vendor = createVendor({ apiUrl: url, datasetsUrl: url, log: new World().log })
    using deadline = createDeadline(60_000)
    try {
      for (const freesChunks of [undefined, false, true]) {
        const dataset = await vendor.openDataset(NAME, { deadline, ...(freesChunks !== undefined && { freesChunks }) })
        assert.ok(dataset.kind === 'open')
        const chunks: Uint8Array[] = []
        const copies: Buffer[] = []
        for await (const chunk of dataset.body) {
          chunks.push(chunk)
          copies.push(Buffer.from(chunk))
        }
        assert.ok(Buffer.concat(copies).equals(file))
        assert.equal(
          chunks.some(chunk => chunk.byteLength === 0),
          freesChunks === true,
        )
      }
    } finally {
      await vendor.close()
      server.close()
    }
  })
})
