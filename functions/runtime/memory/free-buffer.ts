/**
 * Gives a buffer's memory back at once; whoever still reads it finds it empty. Left to garbage collection, which sees but
 * the small object around it, some 20 MiB of a stream's buffers come together before it is.
 */
export function freeBuffer({ buffer, byteLength }: Uint8Array): void {
  // Of a part of a buffer somebody else may have the rest.
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) buffer.transfer(0)
}
