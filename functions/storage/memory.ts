import { type MemoryPart, SOCKET_PART } from '../runtime/memory/parts.ts'

/** A chunk is there up to three times: being filled, being sent, and encrypted while it is sent. */
const CHUNK_COPIES = 3

/** What one upload takes at most. */
export function uploadMemory(chunkBytes: number): MemoryPart[] {
  return [{ part: 'upload chunk', bytes: chunkBytes, count: CHUNK_COPIES, resident: true }, SOCKET_PART]
}
