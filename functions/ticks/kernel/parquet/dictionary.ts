/**
 * RLE_DICTIONARY (https://parquet.apache.org/docs/file-format/data-pages/encodings/#DICTIONARY) for doubles: each
 * distinct value once, in order of first use, and codes. Values are told apart by their bits, so −0 is not 0.
 *
 * One column is done after the other through one hash table, which so stays in the processor's cache, however many
 * columns there are.
 */

/** 2^17 slots of { bits u64, code u32, stamp u32 }: twice the most distinct values. */
const SLOT_BITS: u64 = 17
export const TABLE_BYTES: usize = 16 << 17
export const MAX_DISTINCT: i32 = 65536
/** After this many values it shows whether a dictionary is worth it. */
const SAMPLE = 8192

/** Marks the slots of the column in hand, so that the table need not be emptied between columns. */
let stamp: u32 = 0

/**
 * Fills `codes` (u32 a value) and `dictionary` (f64 a distinct value).
 * @returns how many distinct values there are, or −1 where they are so many that plain values are smaller
 */
export function buildDictionary(values: usize, count: i32, table: usize, codes: usize, dictionary: usize): i32 {
  stamp++
  let distinct = 0
  let lastBits: u64 = 0
  let lastCode: u32 = 0
  for (let i = 0; i < count; i++) {
    const bits = load<u64>(values + ((i as usize) << 3))
    if (bits != lastBits || i == 0) {
      let slot = slotOf(bits)
      while (load<u32>(table + slot, 12) == stamp && load<u64>(table + slot) != bits)
        slot = (slot + 16) & (TABLE_BYTES - 1)
      if (load<u32>(table + slot, 12) != stamp) {
        if (distinct == MAX_DISTINCT) return -1
        store<u64>(table + slot, bits)
        store<u32>(table + slot, distinct as u32, 8)
        store<u32>(table + slot, stamp, 12)
        store<u64>(dictionary + ((distinct as usize) << 3), bits)
        distinct++
      }
      lastBits = bits
      lastCode = load<u32>(table + slot, 8)
    }
    store<u32>(codes + ((i as usize) << 2), lastCode)
    if (i == SAMPLE && distinct > (SAMPLE * 3) / 4) return -1
  }
  return distinct * 4 > count * 3 && count > 64 ? -1 : distinct
}

function slotOf(bits: u64): usize {
  return ((((bits ^ (bits >> 32)) * 0x9e3779b97f4a7c15) >> (64 - SLOT_BITS)) << 4) as usize
}
