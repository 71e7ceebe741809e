/**
 * A decimal number's text → the nearest double, bit for bit.
 *
 * Up to 15 digits and a point the digits are an integer below 2^53 and the power of ten is exact, so one division is
 * correctly rounded (Clinger, https://doi.org/10.1145/93548.93557). Longer ones take the Eisel-Lemire way
 * (https://arxiv.org/abs/2101.11408). Numbers of more than 19 digits are left to the host.
 */
import { COMMA, endsCell, NEWLINE, RETURN } from './text'

/** Returned where the text is no number. No number gives NaN, because the text NaN is refused. */
export const NOT_A_NUMBER: f64 = NaN

/** The host's own decimal → double, for a number of proven form: address and length in bytes. */
declare function parseDecimal(address: usize, length: i32): f64
/** Asks the host for the table that `product` needs. */
declare function fillPowersOfFive(address: usize): void

const POWERS_OF_TEN: usize = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
])

export function powerOfTen(exponent: usize): f64 {
  return load<f64>(POWERS_OF_TEN + (exponent << 3))
}

/**
 * SIGNED_POWERS + 8 × (32 × negative + n): the divisor of a number with n bytes from its point on; n is 0 without a point.
 * It has the number's sign.
 */
export const SIGNED_POWERS: usize = memory.data(2 * 32 * 8)
for (let n: usize = 0; n <= 16; n++) {
  const power = powerOfTen(n == 0 ? 0 : n - 1)
  store<f64>(SIGNED_POWERS + (n << 3), power)
  store<f64>(SIGNED_POWERS + ((32 + n) << 3), -power)
}

/** DIGITS + 16 × (32 × point + end): which bytes of a cell are its last eight digits, then those before; zeros in front of each. */
export const DIGITS: usize = memory.data(17 * 32 * 16, 16)
for (let end: usize = 0; end <= 16; end++) for (let point: usize = 0; point <= end; point++) fillDigits(point, end)

function fillDigits(point: usize, end: usize): void {
  const shuffle = DIGITS + (32 * point + end) * 16
  memory.fill(shuffle, 0x80, 16)
  const count = point == end ? end : end - 1
  for (let d: usize = 0; d < count; d++) store<u8>(shuffle + ((24 - count + d) & 15), (d < point ? d : d + 1) as u8)
}

/** The weights of digits in pairs, of pairs in fours, and of fours in eights. */
const TENS: usize = memory.data(16, 16)
const HUNDREDS: usize = memory.data(16, 16)
const TEN_THOUSANDS: usize = memory.data(16, 16)
v128.store(TENS, i16x8.splat(0x010a))
v128.store(HUNDREDS, i32x4.splat(0x00010064))
v128.store(TEN_THOUSANDS, i32x4.splat(0x00012710))

/** A class, because only methods can ask to be inlined. */
export class Digits {
  /** Two times eight digits (values 0 to 9, the first in the lowest byte) → their two numbers, i32. */
  @inline
  static eights(digits: v128): v128 {
    const twos = i16x8.relaxed_dot_i8x16_i7x16_s(digits, v128.load(TENS))
    const fours = i32x4.dot_i16x8_s(twos, v128.load(HUNDREDS))
    return i32x4.dot_i16x8_s(i16x8.narrow_i32x4_u(fours, fours), v128.load(TEN_THOUSANDS))
  }
}

/** Where the number that `slowDouble` read ended. */
export let decimalEnd: usize = 0

/**
 * Any number: sign, digits, point, exponent; ends at a comma or a line's end.
 * @returns the double, or NaN where the text is no number, or none that a double can hold; `decimalEnd` is then 0
 */
export function slowDouble(start: usize): f64 {
  let p = start
  decimalEnd = 0
  const negative = load<u8>(p) == 0x2d
  if (negative || load<u8>(p) == 0x2b) p++
  let digits: u64 = 0
  let significant = 0
  let exponent = 0
  let any = false
  let pointSeen = false
  while (true) {
    const byte = load<u8>(p)
    const digit = (byte as u32) - 0x30
    if (digit <= 9) {
      any = true
      if (significant < 19) {
        digits = digits * 10 + (digit as u64)
        if (digits != 0) significant++
        if (pointSeen) exponent--
      } else {
        significant++
        if (!pointSeen) exponent++
      }
    } else if (byte == 0x2e && !pointSeen) pointSeen = true
    else break
    p++
  }
  if (!any) return NOT_A_NUMBER
  if ((load<u8>(p) | 0x20) == 0x65) {
    p = exponentEnd(p + 1)
    if (p == 0) return NOT_A_NUMBER
    exponent += writtenExponent
  }
  if (!endsCell(load<u8>(p))) return NOT_A_NUMBER
  const value = significant > 19 ? parseDecimal(start, (p - start) as i32) : toDouble(digits, exponent, negative)
  if (!isFinite(value)) return NOT_A_NUMBER
  decimalEnd = p
  return value
}

/** The exponent that `exponentEnd` read; beyond ±9999 it no longer matters. */
let writtenExponent: i32 = 0

/** Reads an exponent's sign and digits; returns where they end, or 0 if there is no digit. */
function exponentEnd(p: usize): usize {
  const negative = load<u8>(p) == 0x2d
  if (negative || load<u8>(p) == 0x2b) p++
  const first = p
  let value = 0
  while (true) {
    const digit = (load<u8>(p) as u32) - 0x30
    if (digit > 9) break
    if (value < 10000) value = value * 10 + (digit as i32)
    p++
  }
  writtenExponent = negative ? -value : value
  return p == first ? 0 : p
}

function toDouble(digits: u64, exponent: i32, negative: bool): f64 {
  let value: f64
  if (digits < 1 << 53 && exponent >= -22 && exponent <= 22)
    value = exponent < 0 ? (digits as f64) / powerOfTen(-exponent) : (digits as f64) * powerOfTen(exponent)
  else value = eiselLemire(digits, exponent)
  return negative ? -value : value
}

const SMALLEST_POWER = -342
const LARGEST_POWER = 308
/** 5^q for q from −342 to 308 as 128 bits, high half first, the top bit set. */
const POWERS_OF_FIVE: usize = memory.data((LARGEST_POWER - SMALLEST_POWER + 1) * 16)

/** The high and low half of the last `multiply`. */
let high: u64 = 0
let low: u64 = 0

function multiply(a: u64, b: u64): void {
  const aLow = a & 0xffffffff
  const aHigh = a >> 32
  const bLow = b & 0xffffffff
  const bHigh = b >> 32
  const middle = aHigh * bLow + ((aLow * bLow) >> 32)
  const carry = aLow * bHigh + (middle & 0xffffffff)
  high = aHigh * bHigh + (middle >> 32) + (carry >> 32)
  low = a * b
}

/** digits × 10^power, correctly rounded, for digits below 2^64; Infinity where no double is large enough. */
function eiselLemire(digits: u64, power: i32): f64 {
  if (digits == 0 || power < SMALLEST_POWER) return 0
  if (power > LARGEST_POWER) return Infinity
  if (load<u64>(POWERS_OF_FIVE) == 0) fillPowersOfFive(POWERS_OF_FIVE)
  const leading = clz(digits)
  digits <<= leading
  const five = POWERS_OF_FIVE + ((power - SMALLEST_POWER) as usize) * 16
  multiply(digits, load<u64>(five))
  if ((high & 0x1ff) == 0x1ff) {
    const firstHigh = high
    const firstLow = low
    multiply(digits, load<u64>(five, 8))
    low = firstLow + high
    high = high > low ? firstHigh + 1 : firstHigh
  }
  const upper = high >> 63
  let mantissa = high >> (upper + 9)
  let exponent = (((217706 * power) >> 16) + 63 + (upper as i32) - (leading as i32) + 1023) as i32
  if (exponent <= 0) {
    if (1 - exponent >= 64) return 0
    mantissa >>= (1 - exponent) as u64
    mantissa = (mantissa + (mantissa & 1)) >> 1
    return reinterpret<f64>(mantissa)
  }
  if (low <= 1 && power >= -4 && power <= 23 && (mantissa & 3) == 1 && mantissa << (upper + 9) == high)
    mantissa &= ~(1 as u64)
  mantissa = (mantissa + (mantissa & 1)) >> 1
  if (mantissa >= (2 as u64) << 52) {
    mantissa = (1 as u64) << 52
    exponent++
  }
  if (exponent >= 2047) return Infinity
  return reinterpret<f64>((mantissa & ~((1 as u64) << 52)) | ((exponent as u64) << 52))
}
