/** The headers of DEFLATE's blocks (https://www.rfc-editor.org/rfc/rfc1951#section-3.2.3), read as far as there is input. */
import {
  BAD_BLOCK_TYPE,
  BAD_DISTANCE_CODE,
  BAD_LITERAL_CODE,
  BAD_PRECODE,
  BAD_REPEAT,
  BAD_STORED_LENGTH,
  GO_ON,
  NEED_INPUT,
  peek,
  refill,
  STREAM_END,
  stream,
  TOO_MANY_CODES,
  use,
} from './stream'
import { buildDistances, buildLiterals, buildPrecode, PRECODE } from './tables'

/** States of the stream: what comes next in it. */
export const BLOCK_HEADER: i32 = 0
export const STORED_LENGTH: i32 = 1
export const STORED_BYTES: i32 = 2
export const CODE_COUNTS: i32 = 3
export const PRECODE_LENGTHS: i32 = 4
export const CODE_LENGTHS: i32 = 5
export const SYMBOLS: i32 = 6
export const NOTHING: i32 = 7

/** Code lengths of a block; the last repeat may run beyond their number, and is an error then. */
const LENGTHS: usize = memory.data(320 + 138)
const PRECODE_ORDER: usize = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15])

export function blockHeader(inputEnd: usize): i32 {
  if (stream.lastBlock) {
    stream.state = NOTHING
    return STREAM_END
  }
  refill(inputEnd)
  if (stream.bitCount < 3) return NEED_INPUT
  const header = peek(3)
  use(3)
  stream.lastBlock = (header & 1) != 0
  const type = header >> 1
  if (type == 3) return BAD_BLOCK_TYPE
  if (type == 2) stream.state = CODE_COUNTS
  else if (type == 1) {
    if (!stream.fixedTables) buildFixed()
    stream.state = SYMBOLS
  } else {
    use(stream.bitCount & 7)
    stream.state = STORED_LENGTH
  }
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

export function storedLength(inputEnd: usize): i32 {
  refill(inputEnd)
  if (stream.bitCount < 32) return NEED_INPUT
  const lengths = stream.bits as u32
  if ((lengths & 0xffff) + (lengths >> 16) != 0xffff) return BAD_STORED_LENGTH
  use(32)
  stream.stored = lengths & 0xffff
  stream.state = STORED_BYTES
  return GO_ON
}

export function codeCounts(inputEnd: usize): i32 {
  refill(inputEnd)
  if (stream.bitCount < 14) return NEED_INPUT
  const counts = peek(14)
  use(14)
  stream.literalCodes = 257 + (counts & 31)
  stream.distanceCodes = 1 + ((counts >> 5) & 31)
  stream.precodes = 4 + (counts >> 10)
  if (stream.literalCodes > 286 || stream.distanceCodes > 30) return TOO_MANY_CODES
  memory.fill(LENGTHS, 0, 19)
  stream.read = 0
  stream.state = PRECODE_LENGTHS
  return GO_ON
}

export function precodeLengths(inputEnd: usize): i32 {
  for (; stream.read < stream.precodes; stream.read++) {
    refill(inputEnd)
    if (stream.bitCount < 3) return NEED_INPUT
    store<u8>(LENGTHS + (load<u8>(PRECODE_ORDER + (stream.read as usize)) as usize), peek(3) as u8)
    use(3)
  }
  if (!buildPrecode(LENGTHS)) return BAD_PRECODE
  stream.read = 0
  stream.state = CODE_LENGTHS
  return GO_ON
}

export function codeLengths(inputEnd: usize): i32 {
  const total = stream.literalCodes + stream.distanceCodes
  while (stream.read < total) {
    if (stream.bitCount < 14) refill(inputEnd)
    const entry = load<u8>(PRECODE + (peek(7) as usize)) as u32
    const symbol = entry >> 3
    const bits = entry & 7
    const extra = symbol < 16 ? 0 : symbol == 16 ? 2 : symbol == 17 ? 3 : 7
    if (stream.bitCount < bits + extra) return NEED_INPUT
    use(bits)
    if (symbol < 16) store<u8>(LENGTHS + (stream.read++ as usize), symbol as u8)
    else if (!repeatLength(symbol, peek(extra))) return BAD_REPEAT
    use(extra)
  }
  return stream.read == total ? buildTables() : BAD_REPEAT
}

function repeatLength(symbol: u32, extra: u32): bool {
  if (symbol == 16 && stream.read == 0) return false
  const at = LENGTHS + (stream.read as usize)
  const count = extra + (symbol == 18 ? 11 : 3)
  memory.fill(at, symbol == 16 ? load<u8>(at - 1) : 0, count as usize)
  stream.read += count
  return true
}

function buildTables(): i32 {
  stream.fixedTables = false
  const literals = stream.literalCodes
  if (load<u8>(LENGTHS + 256) == 0 || !buildLiterals(LENGTHS, literals)) return BAD_LITERAL_CODE
  if (!buildDistances(LENGTHS + (literals as usize), stream.distanceCodes)) return BAD_DISTANCE_CODE
  stream.state = SYMBOLS
  return GO_ON
}
