/** The other end of `thread.ts`: a kernel and a ParquetWriter, fed with messages. */
import { parentPort } from 'node:worker_threads'
import { createKernel } from '../kernel.ts'
import { type Layout, layOut } from '../layout.ts'
import type { FromThread, ToThread } from './thread.ts'
import { ParquetWriter } from './writer.ts'

const port = parentPort!
const kernel = createKernel()
let layout: Layout
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
  if (message.kind === 'layout') layout = layOut(kernel, message.columns, message.sizes)
  else await writer.write(layout, message.rows, message.sorted)
  send({ kind: 'room', memory: kernel.memory.buffer })
}

function send(message: FromThread, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer)
}
