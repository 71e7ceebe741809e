/**
 * Frees a buffer's memory at once. A later read finds it empty. Garbage collection sees only the small
 * object around the memory, so without this some 20 MiB of a stream's buffers add up before it runs.
 */
export function freeBuffer({ buffer, byteLength }: Uint8Array): void {
  // A view of a part does not own the memory: other views may use the rest.
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) buffer.transfer(0)
}
