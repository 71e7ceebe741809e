/**
 * Puts a dictionary of doubles in ascending order. Neighbours then share most of their bytes, and so do the codes of prices
 * that follow each other, so that ZSTD finds more in both.
 *
 * Two passes of a radix sort look at the 22 highest bits in which the values differ. Values that are equal in them keep
 * their order, which is no fault: the format asks for none.
 */
import { MAX_DISTINCT } from './dictionary'

const DIGIT_BITS: u64 = 11
const DIGITS: usize = 2048
const PLACES_BYTES: usize = DIGITS * 4
/** Parts of the hash table's memory behind the first, which has room for a u32 for each value. */
const RANKS: usize = (MAX_DISTINCT as usize) * 4
const PLACES: usize = RANKS + (MAX_DISTINCT as usize) * 2

/** For each low digit and each high digit the place of the next value that has it, u32. */
let lowPlaces: usize = 0
let highPlaces: usize = 0

/** What is subtracted from a value's order, and by how much the difference is shifted, so that two digits are left. */
let smallest: i64 = 0
let shift: u64 = 0

/**
 * Writes the dictionary's `count` values in order to `sorted`. The hash table's memory is used.
 * @returns the address of the place of each code in that order, u16, within the table
 */
export function sortDictionary(dictionary: usize, count: i32, table: usize, sorted: usize): usize {
  const end = dictionary + ((count as usize) << 3)
  const ranks = table + RANKS
  lowPlaces = table + PLACES
  highPlaces = lowPlaces + PLACES_BYTES
  findDigits(dictionary, end)
  countDigits(dictionary, end)
  sortByLowDigit(dictionary, end, table)
  sortByHighDigit(dictionary, count, table, ranks, sorted)
  return ranks
}

/** Doubles have the order of their bits as integers, once those of negative ones are turned round. */
function findDigits(values: usize, end: usize): void {
  let least = i64x2.splat(i64.MAX_VALUE)
  let most = i64x2.splat(i64.MIN_VALUE)
  for (; values < end; values += 8) {
    const bits = v128.load64_splat(values)
    const order = v128.xor(bits, i64x2.shr_u(i64x2.shr_s(bits, 63), 1))
    least = v128.bitselect(order, least, i64x2.gt_s(least, order))
    most = v128.bitselect(order, most, i64x2.gt_s(order, most))
  }
  smallest = i64x2.extract_lane(least, 0)
  const differentBits = 64 - (clz(i64x2.extract_lane(most, 0) - smallest) as u64)
  shift = max(differentBits, 2 * DIGIT_BITS) - 2 * DIGIT_BITS
}

/** The two digits of a value, the low one below. */
function digitsOf(bits: u64, smallest: i64, shift: u64): u32 {
  const order = (bits as i64) ^ ((((bits as i64) >> 63) as u64) >> 1)
  return (((order - smallest) as u64) >> shift) as u32
}

function lowPlace(digits: u32): usize {
  return lowPlaces + (((digits & ((DIGITS as u32) - 1)) as usize) << 2)
}

function highPlace(digit: u32): usize {
  return highPlaces + ((digit as usize) << 2)
}

function countDigits(values: usize, end: usize): void {
  memory.fill(lowPlaces, 0, 2 * PLACES_BYTES)
  const from = smallest
  const by = shift
  for (; values < end; values += 8) {
    const digits = digitsOf(load<u64>(values), from, by)
    const low = lowPlace(digits)
    const high = highPlace(digits >> (DIGIT_BITS as u32))
    store<u32>(low, load<u32>(low) + 1)
    store<u32>(high, load<u32>(high) + 1)
  }
  sumUp(lowPlaces)
  sumUp(highPlaces)
}

/** Makes of how often each digit occurs how many values stand before it. */
function sumUp(places: usize): void {
  let before: u32 = 0
  for (const end = places + PLACES_BYTES; places < end; places += 4) {
    const count = load<u32>(places)
    store<u32>(places, before)
    before += count
  }
}

/** Fills `work` in the order of the low digits: u32, a code and above it the high digit. */
function sortByLowDigit(values: usize, end: usize, work: usize): void {
  const from = smallest
  const by = shift
  for (let code: u32 = 0; values < end; values += 8) {
    const digits = digitsOf(load<u64>(values), from, by)
    const low = lowPlace(digits)
    const place = load<u32>(low)
    store<u32>(low, place + 1)
    store<u32>(work + ((place as usize) << 2), ((digits >> (DIGIT_BITS as u32)) << 16) | code)
    code++
  }
}

function sortByHighDigit(dictionary: usize, count: i32, work: usize, ranks: usize, sorted: usize): void {
  for (const end = work + ((count as usize) << 2); work < end; work += 4) {
    const item = load<u32>(work)
    const code = (item & 0xffff) as usize
    const high = highPlace(item >> 16)
    const rank = load<u32>(high)
    store<u32>(high, rank + 1)
    store<u16>(ranks + (code << 1), rank as u16)
    store<u64>(sorted + ((rank as usize) << 3), load<u64>(dictionary + (code << 3)))
  }
}
