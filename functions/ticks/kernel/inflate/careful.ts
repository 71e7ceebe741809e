/**
 * The symbols of a DEFLATE block (https://www.rfc-editor.org/rfc/rfc1951#section-3.2.3) near the ends of input and
 * output. Decoding can stop and continue at any byte.
 */
import { hasRoom } from './fast'
import {
  BAD_DISTANCE,
  BAD_LITERAL,
  BLOCK_END,
  GO_ON,
  NEED_INPUT,
  OUTPUT_FULL,
  refill,
  stream,
  TOO_FAR_BACK,
  use,
} from './stream'
import {
  DISTANCE_BITS,
  DISTANCE_REST,
  DISTANCES,
  END_OF_BLOCK,
  EXTRAS,
  INVALID,
  LITERAL_BITS,
  LITERAL_REST,
  LITERALS,
  LONG_LENGTH,
  SUBTABLE,
} from './tables'

/**
 * Decodes sequence by sequence. What does not fit into the output stays in the stream.
 * @returns GO_ON where the fast loop has room, BLOCK_END, NEED_INPUT, OUTPUT_FULL or an error
 */
export function decodeCarefully(inputEnd: usize, outputEnd: usize): i32 {
  while (true) {
    const put = putSequence(outputEnd)
    if (put != GO_ON || hasRoom(inputEnd, outputEnd)) return put
    refill(inputEnd)
    const status = decodeSequence()
    if (status != GO_ON) return status
  }
}

/** Decodes up to two literals and a match, or nothing where bits are missing; missing bits read as 0. */
function decodeSequence(): i32 {
  const bits = stream.bits
  let entry = load<u32>(LITERALS + ((bits as usize) & ((1 << LITERAL_BITS) - 1)) * 4)
  let used: u32 = 0
  if ((entry & 0xff0000c0) == 0 && ((entry >> 8) & 3) == SUBTABLE) {
    used = LITERAL_BITS
    const rest = ((bits >> LITERAL_BITS) as usize) & ((1 << LITERAL_REST) - 1)
    entry = load<u32>(LITERALS + (((entry >> 10) as usize) + rest) * 4)
  }
  const codeAt = used
  used += entry & 63
  if (used > stream.bitCount) return NEED_INPUT
  const literalCount = (entry >> 6) & 3
  let length = entry >> 24
  if (length == 0 && literalCount == 0) {
    const kind = (entry >> 8) & 3
    if (kind == END_OF_BLOCK) use(used)
    if (kind != LONG_LENGTH) return kind == INVALID ? BAD_LITERAL : BLOCK_END
    const alone = (entry >> 10) & 31
    const extra = (bits >> ((codeAt + alone) as u64)) as u32
    length = (entry >> 15) + (extra & ((1 << ((entry & 63) - alone)) - 1))
  }
  if (length == 0) use(used)
  else {
    const status = decodeDistance(used)
    if (status != GO_ON) return status
  }
  stream.literals = entry >> 8
  stream.literalCount = literalCount
  stream.length = length
  return GO_ON
}

/** Decodes the distance that follows `used` bits of literals and length, and uses all their bits. */
function decodeDistance(used: u32): i32 {
  let bits = stream.bits >> (used as u64)
  let at = ((bits as usize) & ((1 << DISTANCE_BITS) - 1)) * 4
  let entry = load<u32>(DISTANCES + at)
  if (entry >> 16 == 0 && ((entry >> 8) & 3) == SUBTABLE) {
    used += DISTANCE_BITS
    bits >>= DISTANCE_BITS
    const table = ((1 << DISTANCE_BITS) as usize) + (((entry >> 10) as usize) << DISTANCE_REST)
    at = (table + ((bits as usize) & ((1 << DISTANCE_REST) - 1))) * 4
    entry = load<u32>(DISTANCES + at)
  }
  used += entry & 63
  if (used > stream.bitCount) return NEED_INPUT
  if (entry >> 16 == 0) return BAD_DISTANCE
  const extra = load<u32>(EXTRAS + at)
  stream.distance = (entry >> 16) + (((bits >> ((extra & 63) - 2)) as u32) & (extra >> 8))
  use(used)
  return GO_ON
}

/** Writes the pending sequence, as far as it fits. */
function putSequence(outputEnd: usize): i32 {
  for (; stream.literalCount != 0; stream.literalCount--) {
    if (stream.output == outputEnd) return OUTPUT_FULL
    store<u8>(stream.output++, stream.literals as u8)
    stream.literals >>= 8
  }
  if (stream.length == 0) return GO_ON
  const to = stream.output
  const distance = stream.distance as usize
  if (distance > to - stream.oldest) return TOO_FAR_BACK
  const length = min(stream.length as usize, outputEnd - to)
  for (let i = to; i < to + length; i++) store<u8>(i, load<u8>(i - distance))
  stream.output = to + length
  stream.length -= length as u32
  return stream.length == 0 ? GO_ON : OUTPUT_FULL
}
