/** PLAIN (https://parquet.apache.org/docs/file-format/data-pages/encodings/#PLAIN) for booleans and texts. */
import { isValid } from './nulls'

/** Writes the bits of the rows that have a value; returns the address after them. `from` is a multiple of 8. */
export function writeBooleans(bits: usize, validity: usize, from: i32, to: i32, out: usize): usize {
  if (validity == 0) {
    const bytes = ((to - from + 7) >> 3) as usize
    memory.copy(out, bits + ((from >> 3) as usize), bytes)
    return out + bytes
  }
  let byte: u32 = 0
  let filled: u32 = 0
  for (let row = from; row < to; row++) {
    if (!isValid(validity, row)) continue
    byte |= (isValid(bits, row) as u32) << filled
    if (++filled == 8) {
      store<u8>(out, byte as u8)
      out++
      byte = 0
      filled = 0
    }
  }
  if (filled != 0) {
    store<u8>(out, byte as u8)
    out++
  }
  return out
}

/** Writes the texts between `count` + 1 consecutive i32 offsets into `data`, each after its length. */
export function writeTexts(offsets: usize, data: usize, count: i32, out: usize): usize {
  for (let i: usize = 0; i < (count as usize); i++) {
    const from = load<u32>(offsets + (i << 2))
    const length = load<u32>(offsets + (i << 2), 4) - from
    store<u32>(out, length)
    memory.copy(out + 4, data + (from as usize), length as usize)
    out += 4 + (length as usize)
  }
  return out
}
