/** The other end of `thread.ts`: a kernel and a ParquetWriter, fed with messages. */
import { parentPort, workerData } from 'node:worker_threads'
import { createKernel } from '../kernel.ts'
import { type Extent, layOut } from '../layout.ts'
import type { FromThread, ThreadStart, ToThread } from './thread.ts'
import { ParquetWriter } from './writer.ts'

const port = parentPort!
const { columns, sizes } = workerData as ThreadStart
const kernel = createKernel()
const layout = layOut(kernel, columns, sizes)
let written = Promise.withResolvers<void>()

const writer = new ParquetWriter(kernel, {
  write(bytes) {
    written = Promise.withResolvers()
    send({ kind: 'chunk', bytes }, [bytes.buffer as ArrayBuffer])
    return written.promise
  },
})

/** Groups are taken one after the other, and the end after them. */
let work: Promise<void> = Promise.resolve()

port.on('message', (message: ToThread) => {
  if (message.kind === 'written') written.resolve()
  else
    work = work
      .then(() => handle(message))
      .catch(error => {
        // Out of the promise, so that the thread ends with it and the other side is told.
        setImmediate(() => {
          throw error
        })
      })
})

async function handle(message: Exclude<ToThread, { kind: 'written' }>): Promise<void> {
  if (message.kind === 'finish') {
    const parquetBytes = await writer.finish(message.columns, message.keyValues)
    send({ kind: 'finished', parquetBytes })
    return
  }
  copyIn(message.extents, new Uint8Array(message.staging))
  send({ kind: 'copied' })
  await writer.write(layout, message.rows, message.sorted)
}

function copyIn(extents: readonly Extent[], staging: Uint8Array): void {
  const memory = new Uint8Array(kernel.memory.buffer)
  let at = 0
  for (const { address, bytes } of extents) {
    memory.set(staging.subarray(at, at + bytes), address)
    at += bytes
  }
}

function send(message: FromThread, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer)
}
