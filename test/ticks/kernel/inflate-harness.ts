import assert from 'node:assert/strict'
import zlib from 'node:zlib'
import { createKernel } from '../../../functions/ticks/kernel.ts'

export const NEED_INPUT = 0
export const OUTPUT_FULL = 1
export const STREAM_END = 2
const HISTORY = 32768
const SLACK = 64
const GUARD = 0xa5

export const kernel = createKernel()
export const inputAt = kernel.heapBase()
const INPUT_AREA = 300_000
export const windowAt = inputAt + INPUT_AREA + 2048
const OUTPUT_AREA = 300_000
const MOVE_AFTER = 5_000
const guardAt = windowAt + HISTORY + OUTPUT_AREA + SLACK
while (kernel.memory.buffer.byteLength < guardAt + 1024) kernel.memory.grow(1)
export const memory = new Uint8Array(kernel.memory.buffer)

interface Inflated {
  readonly status: number
  readonly bytes: Buffer
  /** How much of the input was read. */
  readonly read: number
}

/** Inflates piece by piece, as a streaming caller does; what lies around the areas must stay as it is. */
export function inflate(deflated: Uint8Array, inputBytes: () => number, outputBytes: () => number): Inflated {
  memory.fill(GUARD, windowAt - 1024, windowAt)
  memory.fill(GUARD, guardAt, guardAt + 1024)
  kernel.inflateReset()
  const parts: Buffer[] = []
  let read = 0
  let position = inputAt
  let end = inputAt
  let output = windowAt
  while (true) {
    // The history moves now and then only: to copy it for each byte of output would take most of the time.
    if (output > windowAt + HISTORY + MOVE_AFTER) {
      memory.copyWithin(windowAt, output - HISTORY, output)
      output = windowAt + HISTORY
    }
    const outputEnd = Math.min(output + outputBytes(), windowAt + HISTORY + OUTPUT_AREA)
    const status = kernel.inflate(position, end, output, outputEnd, windowAt)
    const to = kernel.inflateOutputPos()
    assert.ok(to >= output && to <= outputEnd, 'the output stays in its area')
    assert.ok(kernel.inflateInputPos() >= position && kernel.inflateInputPos() <= end, 'so does the input')
    if (status === OUTPUT_FULL) assert.equal(to, outputEnd)
    parts.push(Buffer.from(memory.subarray(output, to)))
    output = to
    position = kernel.inflateInputPos()
    const stuck = status === NEED_INPUT && read === deflated.length
    if (status === NEED_INPUT) {
      assert.equal(position, end, 'all input is taken before more is wanted')
      const bytes = Math.min(inputBytes(), INPUT_AREA, deflated.length - read)
      memory.set(deflated.subarray(read, read + bytes), inputAt)
      memory.fill(0xff, inputAt + bytes, inputAt + bytes + 16)
      read += bytes
      position = inputAt
      end = inputAt + bytes
    }
    if (status === STREAM_END || status < 0 || stuck) {
      assert.ok(memory.subarray(windowAt - 1024, windowAt).every(isGuard), 'nothing is written in front of the window')
      assert.ok(memory.subarray(guardAt, guardAt + 1024).every(isGuard), 'nor behind the slack')
      return { status, bytes: Buffer.concat(parts), read: read - (end - position) }
    }
  }
}

const isGuard = (byte: number) => byte === GUARD
/** Pieces as large as there is room for. */
export const whole = () => Number.POSITIVE_INFINITY
export const always = (bytes: number) => () => bytes

export function assertInflates(deflated: Uint8Array, text: Uint8Array, inputBytes = whole, outputBytes = whole): void {
  const { status, bytes, read } = inflate(deflated, inputBytes, outputBytes)
  assert.equal(status, STREAM_END)
  assert.ok(bytes.equals(text), 'the bytes that were deflated')
  assert.equal(read, deflated.length)
}

/** What zlib makes of it, or undefined where it finds a fault or no end. */
export function byZlib(deflated: Uint8Array): Buffer | undefined {
  try {
    return zlib.inflateRawSync(deflated)
  } catch {
    return undefined
  }
}
