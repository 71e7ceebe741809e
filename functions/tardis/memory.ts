import { type MemoryPart, SOCKET_PART } from '../runtime/memory/parts.ts'

/** What one download takes at most. */
export function downloadMemory(bufferBytes: number): MemoryPart[] {
  return [{ part: 'response body', bytes: bufferBytes, count: 1, resident: true }, SOCKET_PART]
}
