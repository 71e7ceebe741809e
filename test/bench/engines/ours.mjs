import { open, stat } from 'node:fs/promises'
import { convert } from '../../../dist/ticks/convert.js'
import { runEngine } from './engine.mjs'

const READ_BYTES = 256 << 10

/** One buffer for the whole file: the converter has taken a chunk before it asks for the next. */
async function* readFile(path) {
  await using file = await open(path)
  const buffer = Buffer.allocUnsafe(READ_BYTES)
  while (true) {
    const { bytesRead } = await file.read(buffer, 0, READ_BYTES, null)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
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
