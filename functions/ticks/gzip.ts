import { crc32 } from 'node:zlib'
import { DamagedSourceError } from './errors.ts'
import { hexBytes } from './excerpt.ts'
import { bytesOf, type Kernel } from './kernel.ts'
import { INFLATE } from './kernel-constants.ts'

export type InflateKernel = Pick<
  Kernel,
  | 'memory'
  | 'inflateReset'
  | 'inflate'
  | 'inflateInputPos'
  | 'inflateOutputPos'
  | 'crc32Reset'
  | 'crc32Update'
  | 'crc32Value'
>

/** Why the kernel's inflate stopped, where the data is damaged. */
const DAMAGES: Readonly<Record<number, string>> = {
  [INFLATE.BAD_BLOCK_TYPE]: 'a block of the reserved type 3',
  [INFLATE.BAD_STORED_LENGTH]: 'a stored block whose length and its complement differ',
  [INFLATE.TOO_MANY_CODES]: 'more than 286 length or 30 distance codes',
  [INFLATE.BAD_PRECODE]: 'an incomplete or over-full code of code lengths',
  [INFLATE.BAD_REPEAT]: 'a repeated code length out of place',
  [INFLATE.BAD_LITERAL_CODE]: 'an incomplete or over-full literal/length code',
  [INFLATE.BAD_DISTANCE_CODE]: 'an incomplete or over-full distance code',
  [INFLATE.BAD_LITERAL]: 'an unused literal/length code',
  [INFLATE.BAD_DISTANCE]: 'an unused distance code',
  [INFLATE.TOO_FAR_BACK]: 'a match that reaches back before the start of the data',
}

const DEFLATE = 8
const FLAG = { HEADER_CRC: 2, EXTRA: 4, NAME: 8, COMMENT: 16, RESERVED: 0xe0 }
const EXCERPT_BYTES = 60

/** Yields where it needs more input or room, and goes on when `read` is called again. */
type Steps<T> = Generator<undefined, T, undefined>

/**
 * The gzip format (https://www.rfc-editor.org/rfc/rfc1952) around the kernel's inflate: one member or several, cut into
 * chunks anywhere, with zero bytes after them. Each member is checked against its CRC-32 and length. All compressed bytes
 * pass through one input area of the kernel's memory, [input, input + inputBytes); nothing else is kept. A kernel
 * inflates one source at a time. After an error, nothing more can be read.
 */
export class Gunzip {
  private readonly kernel: InflateKernel
  private readonly input: number
  private readonly inputBytes: number
  private position: number
  private end: number
  private takenBytes = 0
  private output = 0
  private outputEnd = 0
  private historyStart = 0
  /** The part of a member that is being read, or nothing between members. */
  private part: 'header' | 'data' | 'trailer' | undefined
  private memberOffset = 0
  private memberBytes = 0
  private headerCrc = 0
  private readonly oneByte = new Uint8Array(1)
  private bytes: Uint8Array
  private readonly steps: Steps<void>

  constructor(kernel: InflateKernel, input: number, inputBytes: number) {
    this.kernel = kernel
    this.input = this.position = this.end = input
    this.inputBytes = inputBytes
    this.bytes = new Uint8Array(kernel.memory.buffer)
    this.steps = this.members()
  }

  /**
   * Takes compressed bytes from `offset` on, once `read` has returned 0.
   * @returns how many fitted into the input area
   */
  push(chunk: Uint8Array, offset: number): number {
    if (this.position < this.end) throw new Error('gzip: the input given before has not been read to its end')
    const bytes = Math.min(this.inputBytes, chunk.length - offset)
    Buffer.from(chunk.buffer, chunk.byteOffset + offset, bytes).copy(bytesOf(this.kernel.memory), this.input)
    this.position = this.input
    this.end = this.input + bytes
    this.takenBytes += bytes
    return bytes
  }

  /**
   * Inflates into [output, outputEnd), which must not be empty; the text so far, its last 32 KiB at least, must stand in
   * front of it, down to `historyStart`. May overwrite 64 bytes from `outputEnd` on.
   * @returns the number of bytes, or 0 where it needs more input
   * @throws DamagedSourceError
   */
  read(output: number, outputEnd: number, historyStart: number): number {
    this.output = output
    this.outputEnd = outputEnd
    this.historyStart = historyStart
    this.steps.next()
    return this.output - output
  }

  /**
   * The source has ended and `read` has returned 0.
   * @throws DamagedSourceError if that is not the end of a member, or the source had another length than expected
   */
  finish(expectedBytes = this.takenBytes): void {
    if (this.takenBytes !== expectedBytes)
      throw new DamagedSourceError(`the source ended after ${this.takenBytes} bytes, expected ${expectedBytes}`)
    if (this.takenBytes === 0) throw this.damaged(0, '0 bytes', 'a gzip member')
    if (this.part)
      throw this.damaged(
        this.takenBytes,
        'the end of the source',
        `the rest of the ${this.part} of the member that begins at byte ${this.memberOffset}`,
      )
  }

  private *members(): Steps<void> {
    yield* this.member()
    while (true) {
      if ((yield* this.byte()) === 0) continue
      this.position--
      yield* this.member()
    }
  }

  private *member(): Steps<void> {
    yield* this.magic()
    yield* this.header()
    yield* this.data()
    yield* this.trailer()
    this.part = undefined
  }

  private *magic(): Steps<void> {
    this.headerCrc = 0
    const first = yield* this.headerByte()
    this.part = 'header'
    this.memberOffset = this.offset() - 1
    const second = first === 0x1f ? yield* this.headerByte() : -1
    if (second !== 0x8b)
      throw this.damaged(this.memberOffset, this.excerpt(second < 0 ? [] : [first]), 'a gzip member (1f 8b)')
  }

  private *header(): Steps<void> {
    const method = yield* this.headerByte()
    if (method !== DEFLATE)
      throw this.damaged(this.offset() - 1, `gzip compression method ${method}`, `${DEFLATE} (DEFLATE)`)
    const flags = yield* this.headerByte()
    if (flags & FLAG.RESERVED)
      throw this.damaged(this.offset() - 1, `gzip header flags 0x${hex(flags, 2)}`, 'no reserved ones')
    for (let i = 0; i < 6; i++) yield* this.headerByte()
    if (flags & FLAG.EXTRA) {
      const bytes = (yield* this.headerByte()) + (yield* this.headerByte()) * 256
      for (let i = 0; i < bytes; i++) yield* this.headerByte()
    }
    if (flags & FLAG.NAME) while ((yield* this.headerByte()) !== 0);
    if (flags & FLAG.COMMENT) while ((yield* this.headerByte()) !== 0);
    if (flags & FLAG.HEADER_CRC) {
      const expected = this.headerCrc & 0xffff
      const found = (yield* this.headerByte()) + (yield* this.headerByte()) * 256
      if (found !== expected)
        throw this.damaged(this.offset() - 2, `gzip header CRC 0x${hex(found, 4)}`, `0x${hex(expected, 4)}`)
    }
  }

  /** Quotes what stands where a header should: `before`, then the input from the last byte on. */
  private excerpt(before: readonly number[]): string {
    const bytes = Buffer.concat([
      Buffer.from(before),
      this.memory().subarray(this.position - 1, Math.min(this.end, this.position - 1 + EXCERPT_BYTES)),
    ])
    if (bytes.every(byte => (byte >= 0x20 && byte < 0x7f) || (byte >= 0x09 && byte <= 0x0d)))
      return JSON.stringify(bytes.toString('latin1'))
    return hexBytes(bytes.subarray(0, 16))
  }

  private *data(): Steps<void> {
    this.part = 'data'
    this.memberBytes = 0
    this.kernel.inflateReset()
    this.kernel.crc32Reset()
    while (true) {
      const status = this.kernel.inflate(this.position, this.end, this.output, this.outputEnd, this.historyStart)
      const outputEnd = this.kernel.inflateOutputPos()
      this.position = this.kernel.inflateInputPos()
      this.kernel.crc32Update(this.output, outputEnd)
      this.memberBytes += outputEnd - this.output
      this.output = outputEnd
      if (status < 0) throw this.damaged(this.offset(), DAMAGES[status]!, 'DEFLATE data')
      if (status === INFLATE.STREAM_END) return
      yield
    }
  }

  private *trailer(): Steps<void> {
    this.part = 'trailer'
    const crc = this.kernel.crc32Value() >>> 0
    const statedCrc = yield* this.word()
    if (statedCrc !== crc) throw this.mismatch('CRC-32', `0x${hex(crc, 8)}`, `0x${hex(statedCrc, 8)}`)
    const bytes = this.memberBytes % 2 ** 32
    const statedBytes = yield* this.word()
    if (statedBytes !== bytes) throw this.mismatch('length modulo 2^32', `${bytes}`, `${statedBytes}`)
  }

  private mismatch(what: string, found: string, stated: string): DamagedSourceError {
    const member = `the data of the member that begins at byte ${this.memberOffset}`
    return this.damaged(this.offset() - 4, `${what} ${found} of ${member}`, `${stated}, as its trailer says`)
  }

  private *word(): Steps<number> {
    let word = 0
    for (let i = 0; i < 4; i++) word += (yield* this.byte()) * 256 ** i
    return word
  }

  private *headerByte(): Steps<number> {
    const byte = yield* this.byte()
    this.oneByte[0] = byte
    this.headerCrc = crc32(this.oneByte, this.headerCrc)
    return byte
  }

  private *byte(): Steps<number> {
    while (this.position === this.end) yield
    return this.memory()[this.position++]!
  }

  /** All of the kernel's memory, which is another buffer after it has grown. */
  private memory(): Uint8Array {
    const { buffer } = this.kernel.memory
    if (this.bytes.buffer !== buffer) this.bytes = new Uint8Array(buffer)
    return this.bytes
  }

  /** The offset of the next byte in the source. */
  private offset(): number {
    return this.takenBytes - (this.end - this.position)
  }

  private damaged(offset: number, found: string, expected: string): DamagedSourceError {
    return new DamagedSourceError(`gzip, byte ${offset}: found ${found}, expected ${expected}`)
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
