import assert from 'node:assert/strict'
import zlib from 'node:zlib'
import { DamagedSourceError } from '../../functions/ticks/errors.ts'
import { Gunzip, type InflateKernel } from '../../functions/ticks/gzip.ts'
import { createKernel } from '../../functions/ticks/kernel.ts'
import { INFLATE } from '../../functions/ticks/kernel-constants.ts'
import { texts } from './kernel/deflate-samples.ts'

const kernel = createKernel()
const INPUT_BYTES = 1000
const input = kernel.heapBase()
const window = input + INPUT_BYTES + 64
const HISTORY = 32768
const OUTPUT = 10_000
while (kernel.memory.buffer.byteLength < window + HISTORY + OUTPUT + 64) kernel.memory.grow(1)

/** Feeds a source in chunks of the given length, inflates into a sliding window, and finishes. */
function gunzip(
  source: Uint8Array,
  chunkBytes = source.length,
  outputBytes = OUTPUT,
  inputBytes = INPUT_BYTES,
): Buffer {
  const memory = new Uint8Array(kernel.memory.buffer)
  const work = new Gunzip(kernel, input, inputBytes)
  const parts: Buffer[] = []
  let output = window
  const drain = () => {
    while (true) {
      const keep = Math.max(window, output - HISTORY)
      memory.copyWithin(window, keep, output)
      output -= keep - window
      const bytes = work.read(output, output + outputBytes, window)
      assert.ok(bytes <= outputBytes)
      if (bytes === 0) return
      parts.push(Buffer.from(memory.subarray(output, output + bytes)))
      output += bytes
    }
  }
  for (let at = 0; at < source.length; at += chunkBytes) {
    const chunk = source.subarray(at, at + chunkBytes)
    for (let offset = 0; offset < chunk.length; ) {
      offset += work.push(chunk, offset)
      drain()
    }
  }
  work.finish()
  return Buffer.concat(parts)
}

const damaged = (message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof DamagedSourceError)
  assert.match(error.message, message)
  return true
}

const TRAILER_BYTES = 8
const text = texts.csv.subarray(0, 5000)
const plain = zlib.gzipSync(text)

/** A member whose header has the optional fields asked for. */
function withHeader(flags: number): Buffer {
  const parts = [Buffer.from([0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 0, 3])]
  if (flags & 4) parts.push(Buffer.from([5, 1]), Buffer.alloc(261, 7))
  if (flags & 8) parts.push(Buffer.from('BTCUSDT.csv\0'))
  if (flags & 16) parts.push(Buffer.from('a comment\0'))
  const header = Buffer.concat(parts)
  const crc = Buffer.alloc(flags & 2 ? 2 : 0)
  if (flags & 2) crc.writeUInt16LE(zlib.crc32(header) & 0xffff)
  return Buffer.concat([header, crc, plain.subarray(10)])
}

function isWhole(source: Buffer): boolean {
  try {
    return zlib.gunzipSync(source).equals(text)
  } catch {
    return false
  }
}

describe('gunzip', () => {
  it('reads one member, in chunks, input areas and windows of any size', () => {
    for (const source of [texts.csv, texts.runs, texts.random, texts.nothing]) {
      const zipped = zlib.gzipSync(source)
      for (const [chunk, output, area] of [
        [100_000, OUTPUT, INPUT_BYTES],
        [313, 1777, 100],
        [100_000, 400, 64],
      ])
        assert.ok(gunzip(zipped, chunk, output, area).equals(source))
    }
    assert.ok(gunzip(plain, 1, 7, 1).equals(text))
  })

  it('reads headers with any of the optional fields, cut at every byte', () => {
    for (let flags = 0; flags < 32; flags++) {
      const source = withHeader(flags)
      assert.ok(zlib.gunzipSync(source).equals(text))
      assert.ok(gunzip(source, 1).equals(text))
      assert.ok(gunzip(source).equals(text))
    }
  })

  it('reads several members, and zeros after them', () => {
    const empty = zlib.gzipSync('')
    const source = Buffer.concat([
      plain,
      withHeader(31),
      empty,
      zlib.gzipSync('more', { level: 0 }),
      Buffer.alloc(2000),
    ])
    for (const chunk of [1, 17, 5000]) {
      const found = gunzip(source, chunk, 999)
      assert.ok(found.equals(Buffer.concat([text, text, Buffer.from('more')])))
    }
  })

  it('refuses a match that reaches into the previous member', () => {
    const reaching = zlib.deflateRawSync(text, { dictionary: text })
    const source = Buffer.concat([plain, plain.subarray(0, 10), reaching, plain.subarray(-TRAILER_BYTES)])
    assert.throws(() => gunzip(source), damaged(/reaches back before the start of the data/))
  })

  it('says in which part the source ends, wherever it is cut', () => {
    for (let bytes = 1; bytes < plain.length; bytes++) {
      const part = bytes < 10 ? 'header' : bytes < plain.length - TRAILER_BYTES ? 'data' : 'trailer'
      const where = new RegExp(`byte ${bytes}: found the end of the source, expected the rest of the ${part} of`)
      assert.throws(() => gunzip(plain.subarray(0, bytes)), damaged(where))
      assert.throws(() => gunzip(Buffer.concat([plain, plain.subarray(0, bytes)])), damaged(/begins at byte \d{3}/))
    }
  })

  it('refuses a source of 0 bytes', () => {
    const work = new Gunzip(kernel, input, INPUT_BYTES)
    assert.equal(work.read(window, window + OUTPUT, window), 0)
    assert.throws(() => work.finish(), damaged(/byte 0: found 0 bytes, expected a gzip member/))
  })

  it('says what stands in place of gzip', () => {
    const page = Buffer.from('<html><head>\n<title>502 Bad Gateway</title>')
    assert.throws(
      () => gunzip(page),
      damaged(/byte 0: found "<html><head>\\n<title>502 Bad Gateway<\/title>", expected/),
    )
    assert.throws(() => gunzip(Buffer.from([0x1f, 0x8c, 8, 0])), damaged(/found 1f 8c 08 00, expected a gzip member/))
    assert.throws(() => gunzip(Buffer.from([0x1f, 0x8c]), 1), damaged(/found 1f 8c, expected/))
    assert.throws(() => gunzip(Buffer.alloc(30)), damaged(/byte 0: found 00 00 /))
    const trailing = Buffer.concat([plain, Buffer.alloc(3), Buffer.from('rest')])
    assert.throws(
      () => gunzip(trailing),
      damaged(new RegExp(`byte ${plain.length + 3}: found "rest", expected a gzip`)),
    )
  })

  it('refuses a header that is damaged or has reserved values', () => {
    const changed = (at: number, value: number) => {
      const source = withHeader(2)
      source[at] = value
      return source
    }
    assert.throws(() => gunzip(changed(2, 7)), damaged(/byte 2: found gzip compression method 7, expected 8/))
    assert.throws(() => gunzip(changed(3, 0x20)), damaged(/byte 3: found gzip header flags 0x20/))
    assert.throws(() => gunzip(changed(4, 9)), damaged(/byte 10: found gzip header CRC 0x[0-9a-f]{4}, expected 0x/))
  })

  it('says both checksums or lengths where data does not match its trailer', () => {
    const at = plain.length - TRAILER_BYTES
    const stated = zlib.crc32(text)
    const crc = (value: number) => `0x${(value >>> 0).toString(16).padStart(8, '0')}`
    for (let byte = 0; byte < TRAILER_BYTES; byte++) {
      const source = Buffer.from(plain)
      source[at + byte]! ^= 0x40
      const expected =
        byte < 4
          ? `byte ${at}: found CRC-32 ${crc(stated)} of the data of the member that begins at byte 0, expected ${crc(source.readUInt32LE(at))}`
          : `byte ${at + 4}: found length modulo 2\\^32 5000 of .*, expected ${source.readUInt32LE(at + 4)}, as its trailer says`
      assert.throws(() => gunzip(source), damaged(new RegExp(expected)))
    }
  })

  it('finds any flipped bit of the data, but for the padding of the last byte', () => {
    for (let bit = 10 * 8; bit < plain.length * 8; bit++) {
      const source = Buffer.from(plain)
      source[bit >> 3]! ^= 1 << (bit & 7)
      if (bit >> 3 === plain.length - TRAILER_BYTES - 1 && isWhole(source)) assert.ok(gunzip(source).equals(text))
      else assert.throws(() => gunzip(source), damaged(/^gzip, byte \d+: found .+, expected .+$/))
    }
  })

  describe('of a member of 4 GiB and more', () => {
    const CRC = 0x89abcdef
    /** A kernel that claims this much output for the member's data, one piece a call, and ends the stream with the last one. */
    const claiming = (pieces: number[]): InflateKernel => {
      let output = 0
      return {
        ...{ memory: kernel.memory, inflateReset: () => {}, crc32Reset: () => {}, crc32Update: () => {} },
        crc32Value: () => CRC,
        inflate: (at, _end, to) => {
          position = at
          output = to + pieces.shift()!
          return pieces.length > 0 ? INFLATE.OUTPUT_FULL : INFLATE.STREAM_END
        },
        inflateInputPos: () => position,
        inflateOutputPos: () => output,
      }
    }
    let position = 0
    const readMember = (pieces: number[], statedBytes: number) => {
      const trailer = Buffer.alloc(TRAILER_BYTES)
      trailer.writeUInt32LE(CRC)
      trailer.writeUInt32LE(statedBytes, 4)
      const work = new Gunzip(claiming([...pieces]), input, INPUT_BYTES)
      work.push(Buffer.concat([plain.subarray(0, 10), trailer]), 0)
      for (const bytes of pieces) assert.equal(work.read(window, window + OUTPUT, window), bytes)
      assert.equal(work.read(window, window + OUTPUT, window), 0)
      work.finish()
    }
    const HALF = 2 ** 31

    it('compares the length modulo 2^32 with the trailer', () => {
      readMember([HALF, HALF - 1], 2 ** 32 - 1)
      readMember([HALF, HALF], 0)
      readMember([HALF, HALF, 5], 5)
      readMember([HALF, HALF, HALF, HALF, HALF, 7], HALF + 7)
    })

    it('refuses another length', () => {
      for (const stated of [0, 4, 6, HALF])
        assert.throws(
          () => readMember([HALF, HALF, 5], stated),
          damaged(new RegExp(`length modulo 2\\^32 5 of .*, expected ${stated}, as its trailer says`)),
        )
    })
  })

  it('takes no more input before the previous input is read', () => {
    const work = new Gunzip(kernel, input, INPUT_BYTES)
    assert.equal(work.push(Buffer.concat([plain, plain, plain]), 0), INPUT_BYTES)
    assert.throws(() => work.push(plain, 0), /has not been read/)
  })
})
