/**
 * The symbols of a DEFLATE block (https://www.rfc-editor.org/rfc/rfc1951#section-3.2.3) far from the ends of input and
 * output.
 *
 * Two things bound the speed: the dependency from one table entry's bits to the next entry, and mispredicted branches. So
 * an entry is looked up before the bit buffer is refilled, one table look-up gives the whole length, and a match of up to
 * 80 bytes is copied without a test of its length.
 */
import { BAD_DISTANCE, BAD_LITERAL, BLOCK_END, GO_ON, stream, TOO_FAR_BACK } from './stream'
import {
  DISTANCE_BITS,
  DISTANCE_REST,
  DISTANCES,
  END_OF_BLOCK,
  EXTRAS,
  LITERAL_BITS,
  LITERAL_REST,
  LITERALS,
  LONG_LENGTH,
  SUBTABLE,
} from './tables'

/** The maximum that a round takes: three loads of the bit buffer; two literals and a match. */
const INPUT_ROOM: usize = 24
const OUTPUT_ROOM: usize = 264

/** Two used bits stay below the others in the bit buffer, so that a mask makes a table's byte offset of it. */
const USED: u32 = 2
const LITERAL_MASK: u32 = ((1 << LITERAL_BITS) - 1) << USED
const DISTANCE_MASK: u32 = ((1 << DISTANCE_BITS) - 1) << USED

/** OVERLAPS + 16 × distance: where the bytes of a match over less than 16 bytes come from. */
const OVERLAPS: usize = memory.data(16 * 16, 16)
for (let i: usize = 16; i < 256; i++) store<u8>(OVERLAPS + i, ((i & 15) % (i >> 4)) as u8)

/** Whether there is room for a round. */
export function hasRoom(inputEnd: usize, outputEnd: usize): bool {
  return stream.input + INPUT_ROOM <= inputEnd && stream.output + OUTPUT_ROOM <= outputEnd
}

/**
 * Decodes as long as there is room. Only the low six bits of `bitCount` count, as a shift takes them.
 * @returns GO_ON at either end, BLOCK_END, or an error
 */
export function decodeFast(inputEnd: usize, outputEnd: usize): i32 {
  const lastInput = inputEnd - INPUT_ROOM
  const lastOutput = outputEnd - OUTPUT_ROOM
  const firstInput = stream.input
  const oldest = stream.oldest
  let output = stream.output
  let bitCount = (stream.bitCount + USED) as u64
  let bits = (stream.bits << USED) | (load<u64>(firstInput) << bitCount)
  let input = firstInput + ((((bitCount ^ 63) >> 3) & 7) as usize)
  bitCount |= 56
  let entry = load<u32>(((bits as u32) & LITERAL_MASK) as usize, LITERALS) as u64
  let status = GO_ON
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
        const rest = (bits >> USED) & ((1 << LITERAL_REST) - 1)
        entry = load<u32>((((entry >> 10) + rest) as usize) << 2, LITERALS) as u64
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
        const mask = ((1 as u64) << ((entry & 63) - alone)) - 1
        length = ((entry >> 15) + ((before >> (alone + USED)) & mask)) as usize
      }
    }

    let at = ((bits as u32) & DISTANCE_MASK) as usize
    entry = load<u32>(at, DISTANCES) as u64
    if (entry >> 16 == 0) {
      if (((entry >> 8) & 3) == SUBTABLE) {
        bits >>= entry
        bitCount -= entry
        const table = ((1 << DISTANCE_BITS) as usize) + (((entry >> 10) as usize) << DISTANCE_REST)
        at = (table << 2) + (((bits as u32) & (((1 << DISTANCE_REST) - 1) << USED)) as usize)
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

    // At least 54 bits at the last loading, less 16 or 11 for literals and length and 28 for the distance: 11 are left.
    entry = load<u32>(((bits as u32) & LITERAL_MASK) as usize, LITERALS) as u64
    bits |= load<u64>(input) << bitCount
    input += (((bitCount ^ 63) >> 3) & 7) as usize
    bitCount |= 56

    if (distance >= 16) {
      v128.store(to, v128.load(from))
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
      const pattern = i8x16.swizzle(v128.load(from), v128.load(OVERLAPS + (distance << 4)))
      const step = (distance * (16 / (distance as u32))) as usize
      do {
        v128.store(to, pattern)
        to += step
      } while (to < output)
    }
  } while (input <= lastInput && output <= lastOutput)

  const count = ((bitCount as u32) & 63) - USED
  const returned = min(count >> 3, (input - firstInput) as u32)
  stream.input = input - (returned as usize)
  stream.output = output
  stream.bitCount = count - (returned << 3)
  stream.bits = (bits >> USED) & (((1 as u64) << (stream.bitCount as u64)) - 1)
  return status
}
