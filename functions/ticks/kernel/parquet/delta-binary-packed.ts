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

/** Writes `count` i64 values; returns the address after them. May write 8 bytes further. */
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
  let smallest: i64 = i64.MAX_VALUE
  let previous = load<i64>(values - 8)
  const end = (count as usize) << 3
  for (let i: usize = 0; i < end; i += 8) {
    const value = load<i64>(values + i)
    const delta = value - previous
    previous = value
    if (delta < smallest) smallest = delta
    store<i64>(DELTAS + i, delta)
  }
  memory.fill(DELTAS + end, 0, (BLOCK_VALUES as usize) * 8 - end)
  for (let i: usize = 0; i < end; i += 8) store<i64>(DELTAS + i, load<i64>(DELTAS + i) - smallest)
  out = writeZigzag(smallest, out)
  const widths = out
  out += MINIBLOCKS
  for (let m = 0; m < MINIBLOCKS; m++) {
    const deltas = DELTAS + (m as usize) * MINIBLOCK_VALUES * 8
    const width = miniblockWidth(deltas)
    store<u8>(widths + (m as usize), width as u8)
    if (width != 0) out = packMiniblock(deltas, width, out)
  }
  return out
}

function miniblockWidth(deltas: usize): u64 {
  let all: u64 = 0
  for (let i: usize = 0; i < MINIBLOCK_VALUES * 8; i += 8) all |= load<u64>(deltas + i)
  return (71 - clz(all)) & ~7
}

function packMiniblock(deltas: usize, width: u64, out: usize): usize {
  const after = out + (width as usize) * (MINIBLOCK_VALUES / 8)
  let bits: u64 = 0
  let filled: u64 = 0
  for (let i: usize = 0; i < MINIBLOCK_VALUES * 8; i += 8) {
    const delta = load<u64>(deltas + i)
    bits |= delta << filled
    filled += width
    if (filled >= 64) {
      store<u64>(out, bits)
      out += 8
      filled -= 64
      bits = filled == 0 ? 0 : delta >> (width - filled)
    }
  }
  if (filled != 0) store<u64>(out, bits)
  return after
}
