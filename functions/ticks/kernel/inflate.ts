/**
 * A streaming decoder of DEFLATE (https://www.rfc-editor.org/rfc/rfc1951), one stream at a time. It takes what it is
 * given and stops wherever input or output end; matches read the output of earlier calls where it lies in memory.
 */
import {
  BLOCK_END,
  decodeCarefully,
  decodeFast,
  GO_ON,
  hasRoom,
  NEED_INPUT,
  OUTPUT_FULL,
  refill,
  STREAM_END,
  stream,
  use,
} from './inflate-symbols'
import { buildDistances, buildLiterals, buildPrecode, PRECODE } from './inflate-tables'

const BAD_BLOCK_TYPE: i32 = -1
const BAD_STORED_LENGTH: i32 = -2
const TOO_MANY_CODES: i32 = -3
const BAD_PRECODE: i32 = -4
const BAD_REPEAT: i32 = -5
const BAD_LITERAL_CODE: i32 = -6
const BAD_DISTANCE_CODE: i32 = -7

const BLOCK_HEADER: i32 = 0
const STORED_LENGTH: i32 = 1
const STORED_BYTES: i32 = 2
const CODE_COUNTS: i32 = 3
const PRECODE_LENGTHS: i32 = 4
const CODE_LENGTHS: i32 = 5
const SYMBOLS: i32 = 6
const END: i32 = 7

/** Code lengths of a block; a last repeat may run over their number, and is an error then. */
const LENGTHS: usize = memory.data(320 + 138)
const PRECODE_ORDER: usize = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15])

/** A new stream begins. */
export function inflateReset(): void {
  stream.state = BLOCK_HEADER
  stream.lastBlock = false
  stream.bits = 0
  stream.bitCount = 0
  stream.produced = 0
  stream.literalCount = 0
  stream.length = 0
}

/**
 * Decodes from `input` to `output` until one of them ends, or the stream does. The stream's output so far, its last
 * 32 KiB at least, must lie in front of `output`, down to `historyStart`. Reads nothing at or beyond `inputEnd`; may
 * scribble on 64 bytes from `outputEnd`, and reads as many.
 * @returns 0 all input is taken, 1 the output is full, 2 the stream is at its end; negative, and the same from then
 *   on, if it is damaged: −1 block type, −2 stored length, −3 too many codes, −4 code of code lengths, −5 repeated code
 *   length, −6 literal code, −7 distance code, −8 literal or length symbol, −9 distance symbol, −10 distance too far
 */
export function inflate(input: usize, inputEnd: usize, output: usize, outputEnd: usize, historyStart: usize): i32 {
  stream.input = input
  stream.output = output
  stream.oldest = min(output, max(historyStart, output - (stream.produced as usize)))
  let status = stream.state < 0 ? stream.state : GO_ON
  while (status == GO_ON) status = advance(inputEnd, outputEnd)
  if (status < 0) stream.state = status
  if (status != NEED_INPUT) giveBack(input)
  stream.produced = min(32768, stream.produced + ((stream.output - output) as u32))
  return status
}

/** Where the last call stopped reading: after a stream's end, the byte behind it. */
export function inflateInputPos(): usize {
  return stream.input
}

/** Where the last call stopped writing. */
export function inflateOutputPos(): usize {
  return stream.output
}

function advance(inputEnd: usize, outputEnd: usize): i32 {
  switch (stream.state) {
    case BLOCK_HEADER:
      return blockHeader(inputEnd)
    case STORED_LENGTH:
      return storedLength(inputEnd)
    case STORED_BYTES:
      return storedBytes(inputEnd, outputEnd)
    case CODE_COUNTS:
      return codeCounts(inputEnd)
    case PRECODE_LENGTHS:
      return precodeLengths(inputEnd)
    case CODE_LENGTHS:
      return codeLengths(inputEnd)
    case SYMBOLS:
      return symbols(inputEnd, outputEnd)
    default:
      return STREAM_END
  }
}

/** Whole bytes that are not used yet go back, as far as they are from this call's input. */
function giveBack(input: usize): void {
  const bytes = min(stream.bitCount >> 3, (stream.input - input) as u32)
  stream.input -= bytes as usize
  stream.bitCount -= bytes << 3
  stream.bits &= (1 << (stream.bitCount as u64)) - 1
}

function blockHeader(inputEnd: usize): i32 {
  if (stream.lastBlock) {
    stream.state = END
    return STREAM_END
  }
  refill(inputEnd)
  if (stream.bitCount < 3) return NEED_INPUT
  const header = stream.bits as u32 & 7
  use(3)
  stream.lastBlock = (header & 1) != 0
  const type = header >> 1
  if (type == 3) return BAD_BLOCK_TYPE
  if (type == 0) {
    use(stream.bitCount & 7)
    stream.state = STORED_LENGTH
  } else if (type == 1) {
    if (!stream.fixedTables) buildFixed()
    stream.state = SYMBOLS
  } else stream.state = CODE_COUNTS
  return GO_ON
}

function buildFixed(): void {
  memory.fill(LENGTHS, 8, 144)
  memory.fill(LENGTHS + 144, 9, 112)
  memory.fill(LENGTHS + 256, 7, 24)
  memory.fill(LENGTHS + 280, 8, 8)
  buildLiterals(LENGTHS, 288)
  memory.fill(LENGTHS, 5, 32)
  buildDistances(LENGTHS, 32)
  stream.fixedTables = true
}

function storedLength(inputEnd: usize): i32 {
  refill(inputEnd)
  if (stream.bitCount < 32) return NEED_INPUT
  const length = stream.bits as u32 & 0xffff
  if (((stream.bits >> 16) as u32 & 0xffff) != (length ^ 0xffff)) return BAD_STORED_LENGTH
  use(32)
  stream.stored = length
  stream.state = STORED_BYTES
  return GO_ON
}

function storedBytes(inputEnd: usize, outputEnd: usize): i32 {
  while (stream.bitCount != 0 && stream.stored != 0) {
    if (stream.output == outputEnd) return OUTPUT_FULL
    store<u8>(stream.output++, stream.bits as u8)
    use(8)
    stream.stored--
  }
  const length = min(stream.stored as usize, min(inputEnd - stream.input, outputEnd - stream.output))
  memory.copy(stream.output, stream.input, length)
  stream.input += length
  stream.output += length
  stream.stored -= length as u32
  if (stream.stored == 0) {
    stream.state = BLOCK_HEADER
    return GO_ON
  }
  return stream.output == outputEnd ? OUTPUT_FULL : NEED_INPUT
}

function codeCounts(inputEnd: usize): i32 {
  refill(inputEnd)
  if (stream.bitCount < 14) return NEED_INPUT
  stream.literalCodes = 257 + (stream.bits as u32 & 31)
  stream.distanceCodes = 1 + ((stream.bits >> 5) as u32 & 31)
  stream.precodes = 4 + ((stream.bits >> 10) as u32 & 15)
  use(14)
  if (stream.literalCodes > 286 || stream.distanceCodes > 30) return TOO_MANY_CODES
  memory.fill(LENGTHS, 0, 19)
  stream.read = 0
  stream.state = PRECODE_LENGTHS
  return GO_ON
}

function precodeLengths(inputEnd: usize): i32 {
  for (; stream.read < stream.precodes; stream.read++) {
    refill(inputEnd)
    if (stream.bitCount < 3) return NEED_INPUT
    store<u8>(LENGTHS + (load<u8>(PRECODE_ORDER + (stream.read as usize)) as usize), stream.bits as u8 & 7)
    use(3)
  }
  if (!buildPrecode(LENGTHS)) return BAD_PRECODE
  stream.read = 0
  stream.state = CODE_LENGTHS
  return GO_ON
}

function codeLengths(inputEnd: usize): i32 {
  const total = stream.literalCodes + stream.distanceCodes
  while (stream.read < total) {
    if (stream.bitCount < 14) refill(inputEnd)
    const entry = load<u8>(PRECODE + (stream.bits as usize & 127)) as u32
    const symbol = entry >> 3
    const bits = entry & 7
    const extra = symbol < 16 ? 0 : symbol == 16 ? 2 : symbol == 17 ? 3 : 7
    if (stream.bitCount < bits + extra) return NEED_INPUT
    const value = (stream.bits >> (bits as u64)) as u32 & ((1 << extra) - 1)
    use(bits + extra)
    if (symbol < 16) store<u8>(LENGTHS + (stream.read++ as usize), symbol as u8)
    else if (!repeatLength(symbol, value)) return BAD_REPEAT
  }
  if (total != stream.read) return BAD_REPEAT
  stream.fixedTables = false
  if (load<u8>(LENGTHS + 256) == 0 || !buildLiterals(LENGTHS, stream.literalCodes)) return BAD_LITERAL_CODE
  if (!buildDistances(LENGTHS + (stream.literalCodes as usize), stream.distanceCodes)) return BAD_DISTANCE_CODE
  stream.state = SYMBOLS
  return GO_ON
}

function repeatLength(symbol: u32, value: u32): bool {
  const at = LENGTHS + (stream.read as usize)
  if (symbol == 16 && stream.read == 0) return false
  const count = value + (symbol == 18 ? 11 : 3)
  memory.fill(at, symbol == 16 ? load<u8>(at - 1) : 0, count as usize)
  stream.read += count
  return true
}

function symbols(inputEnd: usize, outputEnd: usize): i32 {
  const waits = stream.literalCount != 0 || stream.length != 0
  let status = GO_ON
  if (!waits && hasRoom(inputEnd, outputEnd)) status = decodeFast(inputEnd, outputEnd)
  if (status == GO_ON) status = decodeCarefully(inputEnd, outputEnd)
  if (status != BLOCK_END) return status
  stream.state = BLOCK_HEADER
  return GO_ON
}
