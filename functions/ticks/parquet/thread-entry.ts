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
/** Chunks on their way to the sink: some, for the other side looks at its messages only between its own pieces of work. */
const MOST_CHUNKS = 4
let chunks = 0
let room = Promise.withResolvers<void>()

const writer = new ParquetWriter(kernel, {
  async write(bytes) {
    while (chunks === MOST_CHUNKS) await room.promise
    chunks++
    send({ kind: 'chunk', bytes }, [bytes.buffer as ArrayBuffer])
  },
})

/** Groups are taken one after the other, and the end after them. */
let work: Promise<void> = Promise.resolve()

port.on('message', (message: ToThread) => {
  if (message.kind === 'written') makeRoom()
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

function makeRoom(): void {
  chunks--
  room.resolve()
  room = Promise.withResolvers()
}

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
