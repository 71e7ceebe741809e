/**
 * Parquet's encodings, read bit by bit as the specification draws them
 * (https://parquet.apache.org/docs/file-format/data-pages/encodings/): slow, and not ours nor hyparquet's.
 */

class Bits {
  private readonly bytes: Uint8Array
  at: number

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  byte(): number {
    const byte = this.bytes[this.at++]
    if (byte === undefined) throw new Error(`read past the end, byte ${this.at - 1}`)
    return byte
  }

  varint(): bigint {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.byte()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }

  zigzag(): bigint {
    const value = this.varint()
    return (value >> 1n) ^ -(value & 1n)
  }

  /** So many values of `width` bits, from the least significant bit of the first byte on. */
  packed(count: number, width: number): bigint[] {
    let all = 0n
    const bytes = (count * width) / 8
    for (let i = 0; i < bytes; i++) all |= BigInt(this.byte()) << BigInt(8 * i)
    return Array.from({ length: count }, (_, i) => BigInt.asUintN(width, all >> BigInt(i * width)))
  }
}

/** RLE / bit-packing hybrid: all runs to the end of the bytes, the last group's filling included. */
export function decodeHybrid(bytes: Uint8Array, width: number): { values: number[]; runs: number; groups: number } {
  const bits = new Bits(bytes)
  const values: number[] = []
  let [runs, groups] = [0, 0]
  while (bits.at < bytes.length) {
    const header = Number(bits.varint())
    if (header & 1) {
      for (let group = 0; group < header >> 1; group++) values.push(...bits.packed(8, width).map(Number))
      groups += header >> 1
    } else {
      const value = Number(bits.packed(1, Math.ceil(width / 8) * 8)[0])
      for (let i = 0; i < header >> 1; i++) values.push(value)
      runs++
    }
  }
  return { values, runs, groups }
}

/** DELTA_BINARY_PACKED of 64-bit integers. */
export function decodeDeltaBinaryPacked(bytes: Uint8Array): { values: bigint[]; end: number } {
  const bits = new Bits(bytes)
  const blockValues = Number(bits.varint())
  const miniblocks = Number(bits.varint())
  const count = Number(bits.varint())
  const values = [bits.zigzag()]
  if (blockValues % 128 !== 0 || (blockValues / miniblocks) % 32 !== 0) throw new Error('blocks of a forbidden size')
  while (values.length < count) {
    const smallest = bits.zigzag()
    const widths = Array.from({ length: miniblocks }, () => bits.byte())
    for (const width of widths) {
      // Miniblocks behind the last value have no bytes: their width means nothing.
      if (values.length >= count) break
      for (const delta of bits.packed(blockValues / miniblocks, width))
        if (values.length < count) values.push(BigInt.asIntN(64, values.at(-1)! + smallest + delta))
    }
  }
  return { values: values.slice(0, count), end: bits.at }
}

/** DELTA_BYTE_ARRAY. */
export function decodeDeltaByteArray(bytes: Uint8Array): { values: Buffer[]; end: number } {
  const prefixes = decodeDeltaBinaryPacked(bytes)
  const suffixes = decodeDeltaBinaryPacked(bytes.subarray(prefixes.end))
  let at = prefixes.end + suffixes.end
  const values: Buffer[] = []
  for (const [i, length] of suffixes.values.entries()) {
    const prefix = values.at(-1)?.subarray(0, Number(prefixes.values[i])) ?? Buffer.alloc(0)
    if (prefix.length !== Number(prefixes.values[i])) throw new Error(`text ${i}: a prefix longer than the text before`)
    values.push(Buffer.concat([prefix, bytes.subarray(at, at + Number(length))]))
    at += Number(length)
  }
  return { values, end: at }
}
