/** Stores a cell's text: as a category of its column, or after the text of the row above. Refuses what is not UTF-8. */
import { categoryCode } from './category'
import { DATA, DATA_CAPACITY, LAST_CODE, LAST_LENGTH, LAST_TEXT, OFFSETS } from './columns'
import { BAD_UTF8, FULL, stop, stopUnlessStopped } from './row-state'
import { invalidUtf8 } from './utf8'

/** Keeps a row's category; false, with `status` set, where there is no room for a new one or it is not UTF-8. */
export function keepCategory(column: usize, text: usize, length: u32, address: usize): bool {
  const code = categoryCode(column, text, length)
  if (code < 0) {
    stopUnlessStopped(FULL)
    return false
  }
  store<i32>(address, code)
  const from = load<u32>(load<usize>(column, OFFSETS) + ((code as usize) << 2))
  store<i32>(column, code, LAST_CODE)
  store<u32>(column, load<usize>(column, DATA) + from, LAST_TEXT)
  store<u32>(column, length, LAST_LENGTH)
  return true
}

/**
 * Keeps a row's text; `offset` is where its start stands. False, with `status` set, where there is no room or it is not
 * UTF-8.
 */
export function keepText(column: usize, text: usize, length: u32, offset: usize): bool {
  const used = load<u32>(offset)
  if (used + length > load<u32>(column, DATA_CAPACITY)) {
    stop(FULL)
    return false
  }
  if (!copyText(text, load<usize>(column, DATA) + (used as usize), length)) {
    stop(BAD_UTF8)
    return false
  }
  store<u32>(offset, used + length, 4)
  return true
}

/** Copies a text, sixteen bytes at a time, so up to fifteen bytes past its end; false where it is not UTF-8. */
function copyText(text: usize, to: usize, length: u32): bool {
  let all = v128.load(text)
  v128.store(to, all)
  for (let at: usize = 16; at < (length as usize); at += 16) {
    const part = v128.load(text + at)
    v128.store(to + at, part)
    all = v128.or(all, part)
  }
  if (i8x16.bitmask(all) == 0) return true
  const end = text + (length as usize)
  return invalidUtf8(text, end) == end
}
