/** ULEB128 and zigzag integers (https://parquet.apache.org/docs/file-format/data-pages/encodings/#DELTAENC). */

/** Writes an unsigned integer seven bits a byte; returns the address after it. */
export function writeVarint(value: u64, out: usize): usize {
  while (value > 0x7f) {
    store<u8>(out, (value as u8) | 0x80)
    out++
    value >>= 7
  }
  store<u8>(out, value as u8)
  return out + 1
}

/** Writes a signed integer, small absolute values first; returns the address after it. */
export function writeZigzag(value: i64, out: usize): usize {
  return writeVarint(((value << 1) ^ (value >> 63)) as u64, out)
}
