/** The one DEFLATE stream of this instance: what is kept from call to call, and its bit buffer. */

export const NEED_INPUT: i32 = 0
export const OUTPUT_FULL: i32 = 1
export const STREAM_END: i32 = 2
/** Internal: the decoder can continue at once. */
export const GO_ON: i32 = 3
export const BLOCK_END: i32 = 4

export const BAD_BLOCK_TYPE: i32 = -1
export const BAD_STORED_LENGTH: i32 = -2
export const TOO_MANY_CODES: i32 = -3
export const BAD_PRECODE: i32 = -4
export const BAD_REPEAT: i32 = -5
export const BAD_LITERAL_CODE: i32 = -6
export const BAD_DISTANCE_CODE: i32 = -7
export const BAD_LITERAL: i32 = -8
export const BAD_DISTANCE: i32 = -9
export const TOO_FAR_BACK: i32 = -10

export class Stream {
  /** What comes next in the stream, or the error at which it ended. */
  state: i32
  lastBlock: bool
  /** Whether the tables in memory are those of the fixed codes. */
  fixedTables: bool
  /** Bits taken from the input and not used yet, the next one lowest; 0 above `bitCount`. */
  bits: u64
  bitCount: u32
  /** Bytes of this stream before the call's output, 32768 at most. */
  produced: u32
  input: usize
  /** Where the input of this call begins. */
  firstInput: usize
  output: usize
  /** The first byte that a match may refer to. */
  oldest: usize
  /** A decoded sequence that is not written yet: literals, the first one lowest, then a match. */
  literals: u32
  literalCount: u32
  length: u32
  distance: u32
  /** The rest of a stored block, in bytes. */
  stored: u32
  /** Of a dynamic block's header: numbers of code lengths, and how many are read. */
  literalCodes: u32
  distanceCodes: u32
  precodes: u32
  read: u32
}

export const stream: Stream = changetype<Stream>(memory.data(offsetof<Stream>(), 16))

/** Refills the bit buffer to at least 49 bits, as far as there is input. */
export function refill(inputEnd: usize): void {
  while (stream.bitCount < 49 && stream.input < inputEnd) {
    stream.bits |= (load<u8>(stream.input) as u64) << (stream.bitCount as u64)
    stream.bitCount += 8
    stream.input++
  }
}

export function use(count: u32): void {
  stream.bits >>= count as u64
  stream.bitCount -= count
}

/** The next `count` bits, 31 at most. */
export function peek(count: u32): u32 {
  return (stream.bits as u32) & ((1 << count) - 1)
}
