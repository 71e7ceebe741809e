/**
 * The symbols of a DEFLATE block (https://www.rfc-editor.org/rfc/rfc1951#section-3.2.3): a fast loop for the midst of
 * input and output, and a careful one for their ends, which can stop and go on anywhere.
 */
import {
  DISTANCE_BITS,
  DISTANCES,
  END_OF_BLOCK,
  EXTRAS,
  INVALID,
  LITERAL_BITS,
  LITERALS,
  LONG_LENGTH,
  SUBTABLE,
} from './inflate-tables'

export const NEED_INPUT: i32 = 0
export const OUTPUT_FULL: i32 = 1
export const STREAM_END: i32 = 2
/** Not seen from outside: go on with the next state, or in the other loop. */
export const GO_ON: i32 = 3
export const BLOCK_END: i32 = 4

export const BAD_LITERAL: i32 = -8
export const BAD_DISTANCE: i32 = -9
export const TOO_FAR_BACK: i32 = -10

/** The one stream of this instance. */
export class Stream {
  /** What to do next; see inflate.ts. */
  state: i32
  lastBlock: bool
  fixedTables: bool
  /** Bits taken from the input and not used yet, the next one lowest; 0 above `bitCount`. */
  bits: u64
  bitCount: u32
  /** Bytes of this stream before the call's output, 32768 at most. */
  produced: u32
  input: usize
  output: usize
  /** The first byte that a match may refer to. */
  oldest: usize
  /** A decoded sequence that has not found room yet: literals, first one lowest, then a match. */
  literals: u32
  literalCount: u32
  length: u32
  distance: u32
  /** The rest of a stored block, in bytes. */
  stored: u32
  /** Of a dynamic block's header: numbers of code lengths, and how many are read. */
  literalCodes: u32
  distanceCodes: u32
  precodes: u32
  read: u32
}

export const stream: Stream = changetype<Stream>(memory.data(offsetof<Stream>(), 16))

/** What the fast loop may read and write beyond the place where it starts a round. */
export const FAST_INPUT: usize = 16
export const FAST_OUTPUT: usize = 264

/** Shifted by 2, as the fast loop's bit buffer is, so that it masks a table's byte offset. */
const LITERAL_MASK: u32 = ((1 << LITERAL_BITS) - 1) << 2
const DISTANCE_MASK: u32 = ((1 << DISTANCE_BITS) - 1) << 2

/** OVERLAPS + 16 × distance: the bytes that a match over less than 16 bytes repeats. */
const OVERLAPS: usize = memory.data(16 * 16, 16)
for (let i: usize = 16; i < 256; i++) store<u8>(OVERLAPS + i, ((i & 15) % (i >> 4)) as u8)

/**
 * Decodes while there are FAST_INPUT bytes of input and room for FAST_OUTPUT bytes of output.
 * @returns GO_ON at those ends, BLOCK_END, or an error
 */
export function decodeFast(inputEnd: usize, outputEnd: usize): i32 {
  const lastInput = inputEnd - FAST_INPUT
  const lastOutput = outputEnd - FAST_OUTPUT
  const firstInput = stream.input
  const oldest = stream.oldest
  let input = firstInput
  let output = stream.output
  let bits = stream.bits << 2
  let bitCount = (stream.bitCount + 2) as u64
  let status = GO_ON
  bits |= load<u64>(input) << bitCount
  input += (((bitCount ^ 63) >> 3) & 7) as usize
  bitCount |= 56
  let entry = load<u32>(((bits as u32) & LITERAL_MASK) as usize, LITERALS) as u64
  do {
    let before = bits
    bits >>= entry
    bitCount -= entry
    store<u16>(output, (entry >> 8) as u16)
    output += ((entry >> 6) & 3) as usize
    let length = (entry >> 24) as usize
    if (length == 0) {
      if ((entry & 0xc0) != 0) {
        entry = load<u32>(((bits as u32) & LITERAL_MASK) as usize, LITERALS) as u64
        bits |= load<u64>(input) << bitCount
        input += (((bitCount ^ 63) >> 3) & 7) as usize
        bitCount |= 56
        continue
      }
        bits |= load<u64>(input) << bitCount
        input += (((bitCount ^ 63) >> 3) & 7) as usize
        bitCount |= 56
      if (((entry >> 8) & 3) == SUBTABLE) {
        entry = load<u32>((((entry >> 10) + ((bits >> 2) & 15)) as usize) << 2, LITERALS) as u64
        before = bits
        bits >>= entry
        bitCount -= entry
        store<u8>(output, (entry >> 8) as u8)
        output += ((entry >> 6) & 3) as usize
        if ((entry & 0xc0) != 0) {
          entry = load<u32>(((bits as u32) & LITERAL_MASK) as usize, LITERALS) as u64
          continue
        }
        length = (entry >> 24) as usize
      }
      if (length == 0) {
        if (((entry >> 8) & 3) != LONG_LENGTH) {
          status = ((entry >> 8) & 3) == END_OF_BLOCK ? BLOCK_END : BAD_LITERAL
          break
        }
        const alone = (entry >> 10) & 31
        length = ((entry >> 15) + ((before >> (alone + 2)) & ((1 << ((entry & 63) - alone)) - 1))) as usize
      }
    }
    let at = ((bits as u32) & DISTANCE_MASK) as usize
    entry = load<u32>(at, DISTANCES) as u64
    if (entry >> 16 == 0) {
      if (((entry >> 8) & 3) == SUBTABLE) {
        bits >>= entry
        bitCount -= entry
        at = (256 << 2) + (((entry >> 10) as usize) << 9) + ((((bits as u32) & (127 << 2))) as usize)
        entry = load<u32>(at, DISTANCES) as u64
      }
      if (entry >> 16 == 0) {
        status = BAD_DISTANCE
        break
      }
    }
    const extra = load<u32>(at, EXTRAS) as u64
    const distance = ((entry >> 16) + ((bits >> extra) & (extra >> 8))) as usize
    bits >>= entry
    bitCount -= entry

    if (distance > output - oldest) {
      status = TOO_FAR_BACK
      break
    }
    let from = output - distance
    let to = output
    output += length
    entry = load<u32>(((bits as u32) & LITERAL_MASK) as usize, LITERALS) as u64
    bits |= load<u64>(input) << bitCount
    input += (((bitCount ^ 63) >> 3) & 7) as usize
    bitCount |= 56
    if (distance >= 16) {
      v128.store(to, v128.load(from, 0), 0)
      v128.store(to, v128.load(from, 16), 16)
      v128.store(to, v128.load(from, 32), 32)
      v128.store(to, v128.load(from, 48), 48)
      v128.store(to, v128.load(from, 64), 64)
      while (length > 80) {
        from += 32
        to += 32
        length -= 32
        v128.store(to, v128.load(from, 48), 48)
        v128.store(to, v128.load(from, 64), 64)
      }
    } else {
      const overlap = v128.load(OVERLAPS + (distance << 4))
      const pattern = i8x16.swizzle(v128.load(from), overlap)
      const step = distance * (16 / (distance as u32)) as usize
      do {
        v128.store(to, pattern)
        to += step
      } while (to < output)
    }
  } while (input <= lastInput && output <= lastOutput)

  const count = ((bitCount & 63) as u32) - 2
  const returned = min(count >> 3, (input - firstInput) as u32)
  stream.input = input - (returned as usize)
  stream.output = output
  stream.bitCount = count - (returned << 3)
  stream.bits = (bits >> 2) & ((1 << (stream.bitCount as u64)) - 1)
  return status
}

/** Tops the bit buffer up to at least 49 bits, as far as there is input. */
export function refill(inputEnd: usize): void {
  while (stream.bitCount < 49 && stream.input < inputEnd) {
    stream.bits |= (load<u8>(stream.input) as u64) << (stream.bitCount as u64)
    stream.bitCount += 8
    stream.input++
  }
}

export function use(count: u32): void {
  stream.bits >>= count as u64
  stream.bitCount -= count
}

/**
 * Decodes sequence by sequence: what does not fit into the output waits in the stream.
 * @returns GO_ON where the fast loop can take over, BLOCK_END, NEED_INPUT, OUTPUT_FULL or an error
 */
export function decodeCarefully(inputEnd: usize, outputEnd: usize): i32 {
  while (true) {
    const put = putSequence(outputEnd)
    if (put != GO_ON) return put
    if (hasRoom(inputEnd, outputEnd)) return GO_ON
    refill(inputEnd)
    const status = decodeSequence()
    if (status != GO_ON) return status
  }
}

/** Whether the fast loop has its room. */
export function hasRoom(inputEnd: usize, outputEnd: usize): bool {
  return stream.input + FAST_INPUT <= inputEnd && stream.output + FAST_OUTPUT <= outputEnd
}

/** Decodes up to two literals and a match, all or nothing: bits that are not there yet read as 0. */
function decodeSequence(): i32 {
  const bits = stream.bits
  let entry = load<u32>(LITERALS + ((bits as usize & 2047) << 2))
  let used: u32 = 0
  if ((entry & 0xff0000c0) == 0 && ((entry >> 8) & 3) == SUBTABLE) {
    used = LITERAL_BITS
    entry = load<u32>(LITERALS + (((entry >> 10) as usize + ((bits >> LITERAL_BITS) as usize & 15)) << 2))
  }
  const before = bits >> (used as u64)
  used += entry & 63
  if (used > stream.bitCount) return NEED_INPUT
  const literalCount = (entry >> 6) & 3
  let length = entry >> 24
  if (length == 0 && literalCount == 0) {
    const kind = (entry >> 8) & 3
    if (kind == END_OF_BLOCK) use(used)
    if (kind != LONG_LENGTH) return kind == INVALID ? BAD_LITERAL : BLOCK_END
    const alone = (entry >> 10) & 31
    length = (entry >> 15) + ((before >> (alone as u64)) as u32 & ((1 << ((entry & 63) - alone)) - 1))
  }
  if (length != 0) {
    const status = decodeDistance(used)
    if (status != GO_ON) return status
  } else use(used)
  stream.literals = entry >> 8
  stream.literalCount = literalCount
  stream.length = length
  return GO_ON
}

/** Decodes the distance after `used` bits of literals and length, and uses all their bits. */
function decodeDistance(used: u32): i32 {
  let bits = stream.bits >> (used as u64)
  let at = (bits as usize & 255) << 2
  let entry = load<u32>(DISTANCES + at)
  if (entry >> 16 == 0 && ((entry >> 8) & 3) == SUBTABLE) {
    used += DISTANCE_BITS
    bits >>= DISTANCE_BITS
    at = (256 + ((entry >> 10) << 7) + (bits as u32 & 127)) << 2
    entry = load<u32>(DISTANCES + at)
  }
  used += entry & 63
  if (used > stream.bitCount) return NEED_INPUT
  if (entry >> 16 == 0) return BAD_DISTANCE
  const extra = load<u32>(EXTRAS + at)
  stream.distance = (entry >> 16) + ((bits >> ((extra & 63) - 2)) as u32 & (extra >> 8))
  use(used)
  return GO_ON
}

/** Puts out the sequence that waits, as far as it fits. */
function putSequence(outputEnd: usize): i32 {
  let output = stream.output
  for (; stream.literalCount != 0; stream.literalCount--) {
    if (output == outputEnd) return OUTPUT_FULL
    store<u8>(output++, stream.literals as u8)
    stream.literals >>= 8
    stream.output = output
  }
  if (stream.length == 0) return GO_ON
  if ((stream.distance as usize) > output - stream.oldest) return TOO_FAR_BACK
  const length = min(stream.length as usize, outputEnd - output)
  const from = output - (stream.distance as usize)
  for (let i: usize = 0; i < length; i++) store<u8>(output + i, load<u8>(from + i))
  stream.output = output + length
  stream.length -= length as u32
  return stream.length == 0 ? GO_ON : OUTPUT_FULL
}
