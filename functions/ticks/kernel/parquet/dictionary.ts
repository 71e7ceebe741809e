/**
 * RLE_DICTIONARY (https://parquet.apache.org/docs/file-format/data-pages/encodings/#DICTIONARY) for doubles: each
 * distinct value once, in order of first use, and codes. Values are told apart by their bits, so −0 is not 0.
 *
 * All columns use one small hash table, one after the other, so that it stays in the processor's cache.
 */

/**
 * The hash table: u32 code + 1, or 0 where free. It begins small and has four times as many slots as entries, which
 * spares most values a second look, as long as that fits, and never less than twice as many.
 */
const FIRST_SLOT_BITS: u64 = 12
const LAST_SLOT_BITS: u64 = 17
export const MAX_DISTINCT: i32 = 65536
export const TABLE_BYTES: usize = (2 * 65536) << 2
/** After this many values the number of distinct ones shows whether a dictionary is worth it. */
const SAMPLE = 8192

/** log2 of the slots in use, and half their number. */
let slotBits: u64 = 0
let halfTheSlots: u32 = 0

/**
 * Fills `codes` (u32 a value) and `dictionary` (f64 a distinct value).
 * @returns how many distinct values there are, or −1 where they are so many that plain values are smaller
 */
export function buildDictionary(values: usize, count: i32, table: usize, codes: usize, dictionary: usize): i32 {
  setSlots(table, FIRST_SLOT_BITS)
  let distinct = 0
  let lastBits: u64 = 0
  let lastCode: u32 = 0
  for (let i = 0; i < count; i++) {
    const bits = load<u64>(values + ((i as usize) << 3))
    if (bits != lastBits || i == 0) {
      const slot = findSlot(table, dictionary, bits)
      const found = load<u32>(slot)
      lastCode = found - 1
      if (found == 0) {
        if (distinct == MAX_DISTINCT) return -1
        lastCode = distinct as u32
        store<u64>(dictionary + ((distinct as usize) << 3), bits)
        distinct++
        store<u32>(slot, distinct as u32)
        if ((distinct as u32) > halfTheSlots >> 1 && slotBits < 17) growSlots(table, dictionary, distinct)
      }
      lastBits = bits
    }
    store<u32>(codes + ((i as usize) << 2), lastCode)
    if (i == SAMPLE && distinct > (SAMPLE * 3) / 4) return -1
  }
  return distinct * 4 > count * 3 && count > 64 ? -1 : distinct
}

/** The slot that has the value, or the free one where it belongs. */
function findSlot(table: usize, dictionary: usize, bits: u64): usize {
  const mask = (halfTheSlots as usize) * 8 - 1
  let slot = ((((bits ^ (bits >> 32)) * 0x9e3779b97f4a7c15) >> (64 - slotBits)) << 2) as usize
  while (true) {
    const found = load<u32>(table + slot)
    if (found == 0 || load<u64>(dictionary + ((found as usize) << 3) - 8) == bits) return table + slot
    slot = (slot + 4) & mask
  }
}

function growSlots(table: usize, dictionary: usize, distinct: i32): void {
  setSlots(table, slotBits + 1)
  for (let code = 0; code < distinct; code++)
    store<u32>(findSlot(table, dictionary, load<u64>(dictionary + ((code as usize) << 3))), code + 1)
}

function setSlots(table: usize, bits: u64): void {
  slotBits = bits
  halfTheSlots = (1 as u32) << ((bits - 1) as u32)
  memory.fill(table, 0, (halfTheSlots as usize) * 8)
}
