/**
 * RLE_DICTIONARY (https://parquet.apache.org/docs/file-format/data-pages/encodings/#DICTIONARY) for doubles: each
 * distinct value once, in order of first use, and codes. Values are told apart by their bits, so −0 is not 0.
 *
 * All columns use one small hash table, one after the other, so that it stays in the processor's cache.
 */

/**
 * The hash table: u32 code + 1, or 0 where free. It begins with sixteen times as many slots as entries are expected, or
 * small, and has four times as many as entries, which spares most values a second look, as long as that fits, and never less
 * than twice as many. It grows eightfold, because moving the entries costs more than empty slots do.
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
/** The distinct values so far. */
let distinct: i32 = 0

/**
 * Fills `codes` (u32 a value) and `dictionary` (f64 a distinct value).
 * @param expected about how many distinct values there are, or 0; it decides the speed alone
 * @returns how many distinct values there are, or −1 where they are so many that plain values are smaller
 */
export function buildDictionary(
  values: usize,
  count: i32,
  table: usize,
  codes: usize,
  dictionary: usize,
  expected: i32,
): i32 {
  setSlots(table, max(FIRST_SLOT_BITS, min(LAST_SLOT_BITS, 36 - (clz(expected) as u64))))
  distinct = 0
  const limit = maxDistinct(count)
  const sample = min(count, SAMPLE + 1)
  if (!addValues(values, sample, table, codes, dictionary, limit)) return -1
  if (count > SAMPLE && distinct > (SAMPLE * 3) / 4) return -1
  const rest = sample as usize
  if (!addValues(values + (rest << 3), count - sample, table, codes + (rest << 2), dictionary, limit)) return -1
  return distinct
}

/** With more distinct values than this, plain values are smaller. A few values always have a dictionary. */
function maxDistinct(count: i32): i32 {
  return count > 64 ? min(MAX_DISTINCT, (((count as i64) * 3) / 4) as i32) : count
}

/** Writes the codes of `count` values; false where there are more than `limit` distinct ones. */
function addValues(values: usize, count: i32, table: usize, codes: usize, dictionary: usize, limit: i32): bool {
  const valueBefore = dictionary - 8
  let shift = hashShift()
  for (const end = values + ((count as usize) << 3); values < end; values += 8) {
    const bits = load<u64>(values)
    let found = load<u32>(table + slotOf(bits, shift))
    if (found == 0 || load<u64>(valueBefore + ((found as usize) << 3)) != bits) {
      found = findOrAdd(bits, table, dictionary, limit)
      if (found == 0) return false
      shift = hashShift()
    }
    store<u32>(codes, found - 1)
    codes += 4
  }
  return true
}

/** Returns the value's code + 1, or 0 where it would be one distinct value too many. */
function findOrAdd(bits: u64, table: usize, dictionary: usize, limit: i32): u32 {
  const slot = findSlot(table, dictionary, bits)
  const found = load<u32>(slot)
  if (found != 0) return found
  if (distinct == limit) return 0
  store<u64>(dictionary + ((distinct as usize) << 3), bits)
  distinct++
  store<u32>(slot, distinct as u32)
  const code = distinct as u32
  if (code > halfTheSlots >> 1 && slotBits < LAST_SLOT_BITS) growSlots(table, dictionary)
  return code
}

/** The slot that has the value, or the free one where it belongs. */
function findSlot(table: usize, dictionary: usize, bits: u64): usize {
  const mask = (halfTheSlots as usize) * 8 - 1
  let slot = slotOf(bits, hashShift())
  while (true) {
    const found = load<u32>(table + slot)
    if (found == 0 || load<u64>(dictionary + ((found as usize) << 3) - 8) == bits) return table + slot
    slot = (slot + 4) & mask
  }
}

/** The byte offset in the table where the search for a value begins. */
function slotOf(bits: u64, shift: u64): usize {
  return ((((bits ^ (bits >> 32)) * 0x9e3779b97f4a7c15) >> shift) << 2) as usize
}

function hashShift(): u64 {
  return 64 - slotBits
}

function growSlots(table: usize, dictionary: usize): void {
  setSlots(table, min(LAST_SLOT_BITS, slotBits + 3))
  for (let code = 0; code < distinct; code++)
    store<u32>(findSlot(table, dictionary, load<u64>(dictionary + ((code as usize) << 3))), code + 1)
}

function setSlots(table: usize, bits: u64): void {
  slotBits = bits
  halfTheSlots = (1 as u32) << ((bits - 1) as u32)
  memory.fill(table, 0, (halfTheSlots as usize) * 8)
}
