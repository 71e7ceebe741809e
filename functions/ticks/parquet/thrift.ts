/**
 * Writes Thrift's compact protocol, which Parquet's metadata is in
 * (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md). Fields must be written in the
 * order of their ids; memory grows with what is written.
 */

const TYPE = { TRUE: 1, FALSE: 2, I16: 4, I32: 5, I64: 6, BINARY: 8, LIST: 9, STRUCT: 12 } as const

const NO_ROOM = Buffer.alloc(0)
/** The last writer's buffer, which the next one reuses: a file has thousands of small structs. */
let spare = NO_ROOM

export class ThriftWriter {
  private buffer = NO_ROOM
  private length = 0
  /** The last field id of each struct that is open. */
  private readonly lastIds: number[] = [0]

  bool(id: number, value: boolean): this {
    return this.field(id, value ? TYPE.TRUE : TYPE.FALSE)
  }

  i16(id: number, value: number): this {
    return this.field(id, TYPE.I16).zigzag(value)
  }

  i32(id: number, value: number): this {
    return this.field(id, TYPE.I32).zigzag(value)
  }

  /** Whole numbers up to 2^52, above or below 0: no file is so long. */
  i64(id: number, value: number): this {
    return this.field(id, TYPE.I64).zigzag(value)
  }

  binary(id: number, value: Uint8Array | string): this {
    return this.field(id, TYPE.BINARY).bytes(value)
  }

  /** A struct as a field; `fields` writes what is in it. */
  struct(id: number, fields: (writer: this) => void): this {
    return this.field(id, TYPE.STRUCT).openStruct(fields)
  }

  /** A struct that was written before, with its stop byte, as a field. */
  writtenStruct(id: number, bytes: Uint8Array): this {
    return this.field(id, TYPE.STRUCT).append(bytes)
  }

  structs<T>(id: number, items: readonly T[], fields: (writer: this, item: T) => void): this {
    this.list(id, TYPE.STRUCT, items.length)
    for (const item of items) this.openStruct(writer => fields(writer, item))
    return this
  }

  i32s(id: number, items: readonly number[]): this {
    this.list(id, TYPE.I32, items.length)
    for (const item of items) this.zigzag(item)
    return this
  }

  i64s(id: number, items: readonly number[]): this {
    this.list(id, TYPE.I64, items.length)
    for (const item of items) this.zigzag(item)
    return this
  }

  bools(id: number, items: readonly boolean[]): this {
    this.list(id, TYPE.TRUE, items.length)
    for (const item of items) this.byte(item ? TYPE.TRUE : TYPE.FALSE)
    return this
  }

  binaries(id: number, items: readonly (Uint8Array | string)[]): this {
    this.list(id, TYPE.BINARY, items.length)
    for (const item of items) this.bytes(item)
    return this
  }

  /** Structs that were written before, each with its stop byte. */
  written(id: number, items: readonly Uint8Array[]): this {
    this.beginStructs(id, items.length)
    for (const item of items) this.append(item)
    return this
  }

  /** Begins a list of so many structs. The caller writes the structs after `take`. */
  beginStructs(id: number, count: number): this {
    return this.list(id, TYPE.STRUCT, count)
  }

  /** Returns what has been written so far; more may follow. */
  take(): Buffer {
    const bytes = Buffer.from(this.buffer.subarray(0, this.length))
    this.length = 0
    return bytes
  }

  /** Ends the outermost struct and returns the bytes. The writer is empty afterwards. */
  finish(): Buffer {
    this.byte(0)
    this.lastIds[0] = 0
    const bytes = this.take()
    spare = this.buffer
    this.buffer = NO_ROOM
    return bytes
  }

  private openStruct(fields: (writer: this) => void): this {
    this.lastIds.push(0)
    fields(this)
    this.lastIds.pop()
    return this.byte(0)
  }

  private list(id: number, type: number, count: number): this {
    this.field(id, TYPE.LIST)
    return count < 15 ? this.byte((count << 4) | type) : this.byte(0xf0 | type).varint(count)
  }

  private field(id: number, type: number): this {
    const step = id - this.lastIds.at(-1)!
    this.lastIds[this.lastIds.length - 1] = id
    return step > 0 && step <= 15 ? this.byte((step << 4) | type) : this.byte(type).zigzag(id)
  }

  private bytes(value: Uint8Array | string): this {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value
    return this.varint(bytes.length).append(bytes)
  }

  private zigzag(value: number): this {
    return this.varint(value < 0 ? -2 * value - 1 : 2 * value)
  }

  private varint(value: number): this {
    while (value > 0x7f) {
      this.byte((value % 0x80) | 0x80)
      value = Math.floor(value / 0x80)
    }
    return this.byte(value)
  }

  private byte(value: number): this {
    this.reserve(1)
    this.buffer[this.length++] = value
    return this
  }

  private append(bytes: Uint8Array): this {
    this.reserve(bytes.length)
    this.buffer.set(bytes, this.length)
    this.length += bytes.length
    return this
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return
    if (this.length === 0 && spare.length >= Math.max(bytes, 1)) {
      this.buffer = spare
      spare = NO_ROOM
      return
    }
    const larger = Buffer.allocUnsafeSlow(Math.max(512, this.buffer.length * 2, this.length + bytes))
    this.buffer.copy(larger, 0, 0, this.length)
    this.buffer = larger
  }
}
