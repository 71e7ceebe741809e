import { open, stat } from 'node:fs/promises'
import { runEngine } from './engine.mjs'

/** `bench:pairs` names another checkout's build here. */
const { convert } = await import(process.env.CONVERTER ?? '../../../dist/ticks/convert.js')

const READ_BYTES = 256 << 10

/** Two buffers for the whole file, one read while the other is converted: a chunk is taken before the next is asked for. */
async function* readFile(path) {
  await using file = await open(path)
  const buffers = [Buffer.allocUnsafe(READ_BYTES), Buffer.allocUnsafe(READ_BYTES)]
  const read = n => file.read(buffers[n % 2], 0, READ_BYTES, null)
  let next = read(0)
  for (let n = 0; ; n++) {
    const { bytesRead } = await next
    if (bytesRead === 0) return
    next = read(n + 1)
    yield buffers[n % 2].subarray(0, bytesRead)
  }
}

await runEngine(async (path, dataType, out) => {
  await using file = await open(out, 'w')
  const sink = { write: async chunk => void (await file.write(chunk)) }
  await convert(readFile(path), sink, {
    dataType,
    expectedBytes: (await stat(path)).size, // As a server states it.
    memoryEfficient: process.env.MEMORY_EFFICIENT !== 'false',
    metadata: () => ({}),
  })
})
