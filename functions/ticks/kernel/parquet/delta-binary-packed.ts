/**
 * DELTA_BINARY_PACKED (https://parquet.apache.org/docs/file-format/data-pages/encodings/#DELTAENC): blocks of 128
 * differences less the block's smallest, in four miniblocks, each packed at the width of its largest.
 */
import { writeVarint, writeZigzag } from './varint'

const BLOCK_VALUES = 128
const MINIBLOCKS = 4
const MINIBLOCK_VALUES: usize = 32

/** The block's differences, i64. */
const DELTAS: usize = memory.data(BLOCK_VALUES * 8)

/** Writes `count` i64 values; returns the address after them. May write 16 bytes further. */
export function writeDeltaBinaryPacked(values: usize, count: i32, out: usize): usize {
  out = writeVarint(BLOCK_VALUES, out)
  out = writeVarint(MINIBLOCKS, out)
  out = writeVarint(count as u64, out)
  out = writeZigzag(count == 0 ? 0 : load<i64>(values), out)
  for (let first = 1; first < count; first += BLOCK_VALUES)
    out = writeBlock(values + ((first as usize) << 3), min(BLOCK_VALUES, count - first), out)
  return out
}

function writeBlock(values: usize, count: i32, out: usize): usize {
  const smallest = findDeltas(values, count)
  out = writeZigzag(smallest, out)
  const widths = out
  out += MINIBLOCKS
  for (let m = 0; m < MINIBLOCKS; m++) {
    const deltas = DELTAS + (m as usize) * MINIBLOCK_VALUES * 8
    const width = lessSmallest(deltas, min(MINIBLOCK_VALUES as i32, count - m * (MINIBLOCK_VALUES as i32)), smallest)
    store<u8>(widths + (m as usize), (width << 3) as u8)
    if (width != 0) out = packMiniblock(deltas, width, out)
  }
  return out
}

/** Fills DELTAS; returns the smallest. Two at a time: an odd last one has a neighbour that does not count. */
function findDeltas(values: usize, count: i32): i64 {
  const pairsEnd = ((count & ~1) as usize) << 3
  let smallest = i64x2.splat(i64.MAX_VALUE)
  for (let i: usize = 0; i < pairsEnd; i += 16) {
    const delta = i64x2.sub(v128.load(values + i), v128.load(values + i - 8))
    smallest = v128.bitselect(delta, smallest, i64x2.gt_s(smallest, delta))
    v128.store(DELTAS + i, delta)
  }
  const ofPairs = min(i64x2.extract_lane(smallest, 0), i64x2.extract_lane(smallest, 1))
  if ((count & 1) == 0) return ofPairs
  const last = load<i64>(values + pairsEnd) - load<i64>(values + pairsEnd - 8)
  store<i64>(DELTAS + pairsEnd, last)
  return min(ofPairs, last)
}

/** Takes the block's smallest from the miniblock's `count` deltas; returns how many bytes the largest has then. */
function lessSmallest(deltas: usize, count: i32, smallest: i64): usize {
  const used = deltas + ((max(count, 0) as usize) << 3)
  const end = deltas + MINIBLOCK_VALUES * 8
  const less = i64x2.splat(smallest)
  for (let at = used; at < end; at += 8) store<i64>(at, smallest)
  let all = i64x2.splat(0)
  for (let at = deltas; at < end; at += 16) {
    const delta = i64x2.sub(v128.load(at), less)
    v128.store(at, delta)
    all = v128.or(all, delta)
  }
  return ((71 - clz(i64x2.extract_lane(all, 0) | i64x2.extract_lane(all, 1))) >> 3) as usize
}

/** LOW_BYTES + 16 × width: the lowest `width` bytes of each of two i64, one behind the other. */
const LOW_BYTES: usize = memory.data(9 * 16)
for (let width: usize = 1; width <= 8; width++)
  for (let i: usize = 0; i < 2 * width; i++)
    store<u8>(LOW_BYTES + width * 16 + i, (i < width ? i : 8 + i - width) as u8)

/** Writes the lowest `width` bytes of each delta, two deltas at a time. */
function packMiniblock(deltas: usize, width: usize, out: usize): usize {
  const lowBytes = v128.load(LOW_BYTES + width * 16)
  for (let i: usize = 0; i < MINIBLOCK_VALUES * 8; i += 16) {
    v128.store(out, i8x16.swizzle(v128.load(deltas + i), lowBytes))
    out += width * 2
  }
  return out
}
