/** The thread that `thread.ts` starts: the kernel's encoder and a CheckedWriter, which work on messages. */
import { parentPort } from 'node:worker_threads'
import { CheckedWriter } from '../checked-writer.ts'
import { createEncoder, type Encoder } from '../kernel.ts'
import type { FromThread, ToThread } from './thread.ts'

const port = parentPort!
/** Chunks sent and not written yet. More than one, because the main thread reads messages only between pieces of its own work. */
const MAX_CHUNKS = 4
let chunks = 0
let room = Promise.withResolvers<void>()

let encoder: Encoder
let writer: CheckedWriter

/** Messages are handled one after the other; after an error, none is. */
let work: Promise<void> = Promise.resolve()

port.on('message', (message: ToThread) => {
  if (message.kind === 'written') return makeRoom()
  work = work.then(() => handle(message))
  work.catch(stop)
})

/** Throws outside the promise, so that the error ends the thread and reaches the main thread. */
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
    case 'begin':
      if (message.memory) encoder = createEncoder(message.memory)
      writer = new CheckedWriter(encoder, { write: sendChunk }, message.dataset)
      return
    case 'group':
      await writer.write(message.group)
      return send({ kind: 'encoded' })
    case 'facts':
      return send({ kind: 'facts', facts: await writer.facts() })
    case 'finish': {
      const parquetBytes = await writer.finish(message.columns, message.keyValues)
      return send({ kind: 'finished', parquetBytes })
    }
  }
}

async function sendChunk(bytes: Uint8Array): Promise<void> {
  while (chunks === MAX_CHUNKS) await room.promise
  chunks++
  send({ kind: 'chunk', bytes }, [bytes.buffer as ArrayBuffer])
}

function send(message: FromThread, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer)
}
