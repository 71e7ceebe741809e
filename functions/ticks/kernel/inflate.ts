/**
 * A streaming decoder of DEFLATE (https://www.rfc-editor.org/rfc/rfc1951), one stream at a time. It takes what it is
 * given and stops wherever input or output end; matches read the output of earlier calls where it lies in memory.
 */
import { decodeCarefully } from './inflate/careful'
import { decodeFast, hasRoom } from './inflate/fast'
import {
  BLOCK_HEADER,
  blockHeader,
  CODE_COUNTS,
  CODE_LENGTHS,
  codeCounts,
  codeLengths,
  PRECODE_LENGTHS,
  precodeLengths,
  STORED_BYTES,
  STORED_LENGTH,
  SYMBOLS,
  storedLength,
} from './inflate/header'
import { BLOCK_END, GO_ON, NEED_INPUT, OUTPUT_FULL, STREAM_END, stream, use } from './inflate/stream'

const WINDOW_BYTES: u32 = 32768

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
 * 32 KiB at least, must lie in front of `output`, down to `historyStart`. Reads the input up to `inputEnd` only; may
 * overwrite 64 bytes from `outputEnd` on.
 * @returns 0 all input is taken, 1 the output is full, 2 the stream is at its end; negative, and the same from then
 *   on, where it is damaged: −1 block type, −2 stored length, −3 too many codes, −4 code of code lengths, −5 repeated
 *   code length, −6 literal/length code, −7 distance code, −8 literal/length symbol, −9 distance symbol, −10 distance
 *   too far back
 */
export function inflate(input: usize, inputEnd: usize, output: usize, outputEnd: usize, historyStart: usize): i32 {
  stream.input = stream.firstInput = input
  stream.output = output
  stream.oldest = min(output, max(historyStart, output - (stream.produced as usize)))
  let status = stream.state < 0 ? stream.state : GO_ON
  while (status == GO_ON) status = advance(inputEnd, outputEnd)
  if (status < 0) stream.state = status
  if (status != NEED_INPUT) giveBack(input)
  stream.produced = min(WINDOW_BYTES, stream.produced + ((stream.output - output) as u32))
  return status
}

/** Where the last call stopped reading; at the stream's end, the byte after it. */
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

/** Gives unused whole bytes back to the input, as far as they came with this call. */
function giveBack(input: usize): void {
  const bytes = min(stream.bitCount >> 3, (stream.input - input) as u32)
  stream.input -= bytes as usize
  stream.bitCount -= bytes << 3
  stream.bits &= ((1 as u64) << (stream.bitCount as u64)) - 1
}

function storedBytes(inputEnd: usize, outputEnd: usize): i32 {
  for (; stream.stored != 0 && stream.bitCount != 0; stream.stored--) {
    if (stream.output == outputEnd) return OUTPUT_FULL
    store<u8>(stream.output++, stream.bits as u8)
    use(8)
  }
  const bytes = min(stream.stored as usize, min(inputEnd - stream.input, outputEnd - stream.output))
  memory.copy(stream.output, stream.input, bytes)
  stream.input += bytes
  stream.output += bytes
  stream.stored -= bytes as u32
  if (stream.stored != 0) return stream.output == outputEnd ? OUTPUT_FULL : NEED_INPUT
  stream.state = BLOCK_HEADER
  return GO_ON
}

function symbols(inputEnd: usize, outputEnd: usize): i32 {
  const waits = stream.literalCount != 0 || stream.length != 0
  const status =
    waits || !hasRoom(inputEnd, outputEnd) ? decodeCarefully(inputEnd, outputEnd) : decodeFast(inputEnd, outputEnd)
  if (status != BLOCK_END) return status
  stream.state = BLOCK_HEADER
  return GO_ON
}
