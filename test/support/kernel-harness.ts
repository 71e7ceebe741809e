import { createKernel, type Kernel } from '../../functions/ticks/kernel.ts'

/** What a kernel function may write behind what it is asked for. */
const SLACK_BYTES = 16
const GUARD = 0xa5

/** A kernel with memory to put arguments in and to take results out of. Nothing in it is zero by chance. */
export class KernelHarness {
  readonly kernel: Kernel = createKernel()
  private end = 0

  constructor(bytes = 4 << 20) {
    this.kernel.memory.grow(Math.ceil(bytes / 65_536))
    this.reset()
    this.bytes(this.end, this.kernel.memory.buffer.byteLength).fill(GUARD)
  }

  /** Takes all room back; what was put there stays until it is written over. */
  reset(): void {
    this.end = Math.ceil(this.kernel.heapBase() / 64) * 64
  }

  /** Room for so many bytes; the address is a multiple of 64. */
  room(bytes: number): number {
    const start = this.end
    this.end = Math.ceil((start + bytes + SLACK_BYTES) / 64) * 64
    if (this.end > this.kernel.memory.buffer.byteLength) throw new Error(`${this.end} bytes asked of the harness`)
    return start
  }

  put(values: NodeJS.TypedArray): number {
    const address = this.room(values.byteLength)
    this.bytes(address, address + values.byteLength).set(
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    )
    return address
  }

  /** Texts as Arrow keeps them: bytes, and one more i32 offset than texts. */
  putTexts(texts: readonly (string | Uint8Array)[]): { offsets: number; data: number } {
    const parts = texts.map(text => Buffer.from(text as string))
    const ends = new Int32Array(parts.length + 1)
    for (const [i, part] of parts.entries()) ends[i + 1] = ends[i]! + part.length
    return { offsets: this.put(ends), data: this.put(Buffer.concat(parts)) }
  }

  /** A bitmap, least significant bit first. */
  putBits(bits: readonly boolean[]): number {
    const bytes = new Uint8Array(Math.ceil(bits.length / 8))
    for (const [i, bit] of bits.entries()) if (bit) bytes[i >> 3]! |= 1 << (i & 7)
    return this.put(bytes)
  }

  /** What `write` put into `most` bytes of room; what lies further behind is as it was. */
  written(most: number, write: (out: number) => number): Buffer {
    const out = this.room(most + 64)
    this.bytes(out, out + most + 64).fill(GUARD)
    const end = write(out)
    if (end > out + most) throw new Error(`${end - out} bytes written, ${most} expected at most`)
    const behind = this.bytes(end + SLACK_BYTES, out + most + 64)
    if (behind.some(byte => byte !== GUARD)) throw new Error(`bytes changed more than ${SLACK_BYTES} behind the end`)
    return Buffer.from(this.bytes(out, end))
  }

  bytes(from: number, to: number): Uint8Array {
    return new Uint8Array(this.kernel.memory.buffer, from, to - from)
  }
}
