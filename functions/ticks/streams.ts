import type { Readable, Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { ReadableStream, WritableStream } from 'node:stream/web'
import { abortable } from '../runtime/abortable.ts'
import type { Sink } from './parquet/writer.ts'

/** Gzipped CSV: a Node stream, a Web stream such as `response.body`, or any async iterable of bytes. */
export type Source = Readable | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>

/** Where Parquet goes: a Node stream, a Web stream, or a sink. */
export type Destination = Writable | WritableStream<Uint8Array> | Sink

/** A sink with an end: either `close` or `abort` is called, once. */
export interface ClosingSink extends Sink {
  close(): Promise<void>
  abort(reason: unknown): Promise<void>
}

/**
 * The source's chunks, as they come. The source is destroyed or cancelled when the consumer stops early or the signal is
 * aborted, which also ends a wait for a source that sends nothing.
 * @throws the source's own error, or the signal's reason
 */
export async function* chunksOf(source: Source, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const { next, stop } = readerOf(source)
  try {
    for (;;) {
      const { done, value } = await abortable(next(), signal)
      if (done) return
      yield value!
    }
  } finally {
    stop()
  }
}

function readerOf(source: Source): {
  next(): Promise<{ done?: boolean; value?: Uint8Array }>
  stop(): void
} {
  if ('getReader' in source) {
    const reader = source.getReader()
    return { next: () => reader.read(), stop: () => void reader.cancel().catch(ignore) }
  }
  const iterator = source[Symbol.asyncIterator]()
  // A stream's iterator would return only after its next chunk.
  const stop = 'destroy' in source ? () => source.destroy() : () => void iterator.return?.()?.catch(ignore)
  return { next: () => iterator.next(), stop }
}

/** A sink of its own is written to and neither closed nor aborted: it stays its owner's. */
export function closingSink(destination: Destination): ClosingSink {
  if ('getWriter' in destination) return webSink(destination)
  if ('pipe' in destination) return nodeSink(destination)
  return { write: chunk => destination.write(chunk), close: async () => {}, abort: async () => {} }
}

function nodeSink(stream: Writable): ClosingSink {
  const done = finished(stream, { readable: false })
  done.catch(ignore)
  return {
    write: chunk =>
      new Promise((resolve, reject) => {
        stream.write(chunk, error => (error ? reject(error) : resolve()))
      }),
    async close() {
      stream.end()
      await done
    },
    async abort(reason) {
      stream.destroy(reason instanceof Error ? reason : new Error('the conversion stopped', { cause: reason }))
      await done.catch(ignore)
    },
  }
}

function webSink(stream: WritableStream<Uint8Array>): ClosingSink {
  const writer = stream.getWriter()
  writer.closed.catch(ignore)
  return {
    write: chunk => writer.write(chunk),
    close: () => writer.close(),
    abort: reason => writer.abort(reason).catch(ignore),
  }
}

/** Errors of a stream that is given up: the caller gets the error that it is given up for. */
function ignore(): void {}
