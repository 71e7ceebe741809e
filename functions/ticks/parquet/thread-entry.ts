/** The other end of `thread.ts`: the kernel's encoder and a ParquetWriter, fed with messages. */
import { parentPort } from 'node:worker_threads'
import { createEncoder } from '../kernel.ts'
import type { FromThread, ToThread } from './thread.ts'
import { ParquetWriter } from './writer.ts'

const port = parentPort!
/** Chunks on their way to the sink: some, for the other side looks at its messages only between its own pieces of work. */
const MOST_CHUNKS = 4
let chunks = 0
let room = Promise.withResolvers<void>()

let writer: ParquetWriter

/** Groups are taken one after the other, and the end after them; after a fault, nothing. */
let work: Promise<void> = Promise.resolve()

port.on('message', (message: ToThread) => {
  if (message.kind === 'written') return makeRoom()
  work = work.then(() => handle(message))
  work.catch(stop)
})

/** Out of the promise, so that the thread ends with it and the other side is told. */
function stop(error: unknown): void {
  setImmediate(() => {
    throw error
  })
}

function makeRoom(): void {
  chunks--
  room.resolve()
  room = Promise.withResolvers()
}

async function handle(message: Exclude<ToThread, { kind: 'written' }>): Promise<void> {
  switch (message.kind) {
    case 'memory':
      writer = new ParquetWriter(createEncoder(message.memory), { write: sendChunk })
      return
    case 'group':
      await writer.write(message.layout, message.rows, message.sorted)
      return send({ kind: 'encoded' })
    case 'finish': {
      const parquetBytes = await writer.finish(message.columns, message.keyValues)
      return send({ kind: 'finished', parquetBytes })
    }
  }
}

async function sendChunk(bytes: Uint8Array): Promise<void> {
  while (chunks === MOST_CHUNKS) await room.promise
  chunks++
  send({ kind: 'chunk', bytes }, [bytes.buffer as ArrayBuffer])
}

function send(message: FromThread, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer)
}
