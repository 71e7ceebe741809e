/**
 * DELTA_BYTE_ARRAY (https://parquet.apache.org/docs/file-format/data-pages/encodings/#DELTASTRING): each text as the
 * length of the beginning that it shares with the previous one, and the rest. Ids that count up take a byte or two.
 */
import { firstDifference } from '../text'
import { writeDeltaBinaryPacked } from './delta-binary-packed'

/**
 * Writes the texts between `count` + 1 consecutive i32 offsets into `data`; returns the address after them.
 * @param lengths room for 2 × `count` i64
 */
export function writeDeltaByteArray(offsets: usize, data: usize, count: i32, lengths: usize, out: usize): usize {
  const suffixLengths = lengths + ((count as usize) << 3)
  let previous = data
  let previousLength: u32 = 0
  for (let i: usize = 0; i < (count as usize); i++) {
    const text = data + (load<u32>(offsets + (i << 2)) as usize)
    const length = load<u32>(offsets + (i << 2), 4) - load<u32>(offsets + (i << 2))
    const shared = sharedPrefix(previous, text, min(previousLength, length))
    store<u64>(lengths + (i << 3), shared as u64)
    store<u64>(suffixLengths + (i << 3), (length - shared) as u64)
    previous = text
    previousLength = length
  }
  out = writeDeltaBinaryPacked(lengths, count, out)
  out = writeDeltaBinaryPacked(suffixLengths, count, out)
  return writeSuffixes(offsets, data, count, lengths, out)
}

function sharedPrefix(a: usize, b: usize, longest: u32): u32 {
  let shared: u32 = 0
  while (shared < longest) {
    const first = firstDifference(a + (shared as usize), b + (shared as usize))
    shared += first
    if (first < 16) break
  }
  return min(longest, shared)
}

function writeSuffixes(offsets: usize, data: usize, count: i32, prefixLengths: usize, out: usize): usize {
  for (let i: usize = 0; i < (count as usize); i++) {
    const from = load<u32>(offsets + (i << 2)) + load<u32>(prefixLengths + (i << 3))
    const length = (load<u32>(offsets + (i << 2), 4) - from) as usize
    const suffix = data + (from as usize)
    if (length <= 8) store<u64>(out, load<u64>(suffix))
    else memory.copy(out, suffix, length)
    out += length
  }
  return out
}
