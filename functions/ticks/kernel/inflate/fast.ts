/**
 * The symbols of a DEFLATE block (https://www.rfc-editor.org/rfc/rfc1951#section-3.2.3) far from the ends of input and
 * output.
 *
 * Two things bound the speed: the dependency from one table entry's bits to the next entry, and mispredicted branches. So
 * an entry is looked up before the bit buffer is refilled, one table look-up gives the whole length, and a match of up to
 * 80 bytes is copied without a test of its length. The bit buffer is loaded anew at the position in the input: this takes
 * fewer instructions and registers than adding bytes to what is left of it.
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

/** The maximum that a round takes: two loads of the bit buffer and what it holds; two literals and a match. */
const INPUT_ROOM: usize = 24
const OUTPUT_ROOM: usize = 264

/** Two used bits stay below the others in the bit buffer, so that a mask makes a table's byte offset of it. */
const USED: u32 = 2
const LITERAL_MASK: u32 = ((1 << LITERAL_BITS) - 1) << USED
const DISTANCE_MASK: u32 = ((1 << DISTANCE_BITS) - 1) << USED

/** OVERLAPS + 16 × distance: where the bytes of a match over less than 16 bytes come from. */
const OVERLAPS: usize = memory.data(16 * 16, 16)
for (let i: usize = 16; i < 256; i++) store<u8>(OVERLAPS + i, ((i & 15) % (i >> 4)) as u8)

/** Whether there is room for a round. The bits taken and not used yet must still lie in the input. */
export function hasRoom(inputEnd: usize, outputEnd: usize): bool {
  if (stream.input + INPUT_ROOM > inputEnd || stream.output + OUTPUT_ROOM > outputEnd) return false
  return (stream.input - stream.firstInput) << 3 >= (stream.bitCount as usize)
}

/** The next bits, 55 at least, from this bit of the memory on. A u32 is enough: the memory has 2²⁹ bytes at most. */
function bitsAt(position: u32): u64 {
  return load<u64>((position >> 3) as usize) >> ((position & 7) as u64)
}

function literalEntry(bits: u64): u32 {
  return load<u32>(((bits as u32) & LITERAL_MASK) as usize, LITERALS)
}

/**
 * Decodes as long as there is room.
 * @returns GO_ON at either end, BLOCK_END, or an error
 */
export function decodeFast(inputEnd: usize, outputEnd: usize): i32 {
  const lastPosition = ((inputEnd - INPUT_ROOM) as u32) << 3
  const lastOutput = outputEnd - OUTPUT_ROOM
  const oldest = stream.oldest
  let output = stream.output
  let position = ((stream.input as u32) << 3) - stream.bitCount - USED
  let bits = bitsAt(position)
  let entry = literalEntry(bits)
  let status = GO_ON
  while (true) {
    let used = entry & 63
    bits >>= used as u64
    position += used
    store<u16>(output, (entry >> 8) as u16)
    output += ((entry >> 6) & 3) as usize
    let length = entry >> 24
    // Without a length. The branch waits for the entry alone, as it is often mispredicted.
    if (entry < 1 << 24) {
      if ((entry & 0xc0) != 0) {
        entry = literalEntry(bits)
        bits = bitsAt(position)
        if (position > lastPosition) break
        if (output > lastOutput) break
        continue
      }
      if (((entry >> 8) & 3) == SUBTABLE) {
        bits = bitsAt(position)
        const rest = ((bits as u32) >> USED) & ((1 << LITERAL_REST) - 1)
        entry = load<u32>((((entry >> 10) + rest) as usize) << 2, LITERALS)
        used = entry & 63
        bits >>= used as u64
        position += used
        if ((entry & 0xc0) != 0) {
          store<u8>(output++, (entry >> 8) as u8)
          entry = literalEntry(bits)
          bits = bitsAt(position)
          if (position > lastPosition) break
          if (output > lastOutput) break
          continue
        }
      }
      if (((entry >> 8) & 3) != LONG_LENGTH) {
        status = ((entry >> 8) & 3) == END_OF_BLOCK ? BLOCK_END : BAD_LITERAL
        break
      }
      const count = used - ((entry >> 10) & 31)
      const extra = bitsAt(position + USED - count) as u32
      length = (entry >> 15) + (extra & ((1 << count) - 1))
    }

    let at = ((bits as u32) & DISTANCE_MASK) as usize
    entry = load<u32>(at, DISTANCES)
    if (entry >> 16 == 0) {
      if (((entry >> 8) & 3) == SUBTABLE) {
        bits >>= DISTANCE_BITS as u64
        position += DISTANCE_BITS
        const table = ((1 << DISTANCE_BITS) as usize) + (((entry >> 10) as usize) << DISTANCE_REST)
        at = (table << 2) + (((bits as u32) & (((1 << DISTANCE_REST) - 1) << USED)) as usize)
        entry = load<u32>(at, DISTANCES)
      }
      if (entry >> 16 == 0) {
        status = BAD_DISTANCE
        break
      }
    }
    const extra = load<u32>(at, EXTRAS)
    const distance = ((entry >> 16) + (((bits >> (extra as u64)) as u32) & (extra >> 8))) as usize
    used = entry & 63
    bits >>= used as u64
    position += used
    if (distance > output - oldest) {
      status = TOO_FAR_BACK
      break
    }
    let from = output - distance
    let to = output
    output += length as usize

    // 55 bits at the last loading, less 16 for literals and length and 28 for the distance: 11 are left.
    entry = literalEntry(bits)
    bits = bitsAt(position)

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
    if (position > lastPosition) break
    if (output > lastOutput) break
  }

  position += USED
  const input = (position + 7) >> 3
  stream.input = input as usize
  stream.output = output
  stream.bitCount = (input << 3) - position
  stream.bits = ((load<u8>((input as usize) - 1) as u32) >> (8 - stream.bitCount)) as u64
  return status
}
