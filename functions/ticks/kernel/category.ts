/** Categories: columns of text with few distinct values (exchange, symbol, side), kept as codes into a list of texts. */
import { DATA, DATA_CAPACITY, ENTRIES, HASHES, MAX_ENTRIES, OFFSETS, SLOT_MASK, SLOTS } from './columns'
import { BAD_UTF8, stop } from './row-state'
import { equal, hashText } from './text'
import { invalidUtf8 } from './utf8'

/**
 * The code of a text, in order of first use; a new text is kept.
 * @returns the code, or −1: with `status` BAD_UTF8 where the new text is none, else where it has no room and the row group must end
 */
export function categoryCode(column: usize, text: usize, length: u32): i32 {
  const hash = hashText(text, length)
  const slots = load<usize>(column, SLOTS)
  const mask = load<u32>(column, SLOT_MASK)
  const hashes = load<usize>(column, HASHES)
  let slot = hash & mask
  while (true) {
    const found = load<u32>(slots + ((slot as usize) << 2))
    if (found == 0) return addCategory(column, text, length, hash, slot)
    const code = (found - 1) as usize
    if (load<u32>(hashes + (code << 2)) == hash && isCategory(column, code, text, length)) return code as i32
    slot = (slot + 1) & mask
  }
}

function isCategory(column: usize, code: usize, text: usize, length: u32): bool {
  const offsets = load<usize>(column, OFFSETS) + (code << 2)
  const from = load<u32>(offsets)
  return load<u32>(offsets, 4) - from == length && equal(load<usize>(column, DATA) + (from as usize), text, length)
}

function addCategory(column: usize, text: usize, length: u32, hash: u32, slot: u32): i32 {
  const code = load<u32>(column, ENTRIES)
  const offsets = load<usize>(column, OFFSETS) + ((code as usize) << 2)
  const used = load<u32>(offsets)
  if (code == load<u32>(column, MAX_ENTRIES) || used + length > load<u32>(column, DATA_CAPACITY)) return -1
  const end = text + (length as usize)
  if (invalidUtf8(text, end) != end) {
    stop(BAD_UTF8)
    return -1
  }
  memory.copy(load<usize>(column, DATA) + (used as usize), text, length as usize)
  store<u32>(offsets, used + length, 4)
  store<u32>(load<usize>(column, HASHES) + ((code as usize) << 2), hash)
  store<u32>(load<usize>(column, SLOTS) + ((slot as usize) << 2), code + 1)
  store<u32>(column, code + 1, ENTRIES)
  if (code * 2 >= load<u32>(column, SLOT_MASK)) growSlots(column)
  return code as i32
}

/** Doubles the slots, once half of them are used. The area has room for twice MAX_ENTRIES. */
function growSlots(column: usize): void {
  const slots = load<usize>(column, SLOTS)
  const hashes = load<usize>(column, HASHES)
  const entries = load<u32>(column, ENTRIES)
  const mask = load<u32>(column, SLOT_MASK) * 2 + 1
  memory.fill(slots, 0, ((mask as usize) + 1) << 2)
  for (let code: u32 = 0; code < entries; code++) {
    let slot = load<u32>(hashes + ((code as usize) << 2)) & mask
    while (load<u32>(slots + ((slot as usize) << 2)) != 0) slot = (slot + 1) & mask
    store<u32>(slots + ((slot as usize) << 2), code + 1)
  }
  store<u32>(column, mask, SLOT_MASK)
}
