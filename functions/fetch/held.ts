import type { Config } from '../runtime/config/config.ts'
import type { MemoryPart } from '../runtime/memory/parts.ts'
import type { OpenDataset } from '../tardis/open-dataset.ts'

/** A response of at most this length is read whole before its item is converted. */
export const MAX_HELD_BYTES = 128 * 1024

/** While so many requests are open, half as many items more wait for the bucket or are being converted. */
const ITEMS_PER_CONNECTION = 1.5

type Limits = Pick<Config, 'downloadMaxConnections' | 'downloadMaxWorkers'>

/** How many items of a batch are in work at once: being requested, converted or committed. */
export function itemsInWork({ downloadMaxConnections, downloadMaxWorkers }: Limits): number {
  return Math.max(downloadMaxWorkers, Math.floor(downloadMaxConnections * ITEMS_PER_CONNECTION))
}

/** What the items take that wait to be converted or committed: a small response, or the first bytes of a large one. */
export function heldMemory(items: number, socketBufferBytes: number): MemoryPart {
  return {
    part: 'responses that wait for the converter',
    bytes: MAX_HELD_BYTES + socketBufferBytes,
    count: items,
    resident: true,
  }
}

/** True where the whole response may be held. A response that does not state its length is not. */
export function isSmall({ contentLength }: Pick<OpenDataset, 'contentLength'>): boolean {
  return contentLength !== undefined && contentLength <= MAX_HELD_BYTES
}

/** Reads a small response whole, so that its connection is free for the next request. Rejects as its body does. */
export async function hold(body: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const copies: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    // A copy, because a chunk is valid until the next one is requested only.
    copies.push(new Uint8Array(chunk))
    bytes += chunk.length
    // The converter reports a body that is longer than stated.
    if (bytes > MAX_HELD_BYTES) break
  }
  return eachOf(copies)
}

async function* eachOf<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values
}
