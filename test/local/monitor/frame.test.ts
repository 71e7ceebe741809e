import assert from 'node:assert/strict'
import fc from 'fast-check'
import { frameHeight, renderFrame } from '../../../functions/local/monitor/frame.ts'
import { drawArea, resample } from '../../../functions/local/monitor/plot.ts'
import { Recorder } from '../../../functions/local/monitor/recorder.ts'
import { cells } from '../../../functions/local/terminal/style.ts'
import { SampleRing } from '../../../functions/runtime/memory/sample-ring.ts'
import { processOf } from './readings.ts'

const MIB = 1048576

function recordingOf(memoryMib: readonly number[]): Recorder {
  const recorder = new Recorder(({ name }) => name)
  memoryMib.forEach((mib, at) => {
    recorder.add(at + 1, { processes: [processOf({ rssBytes: mib * MIB })], residentBytes: mib * MIB }, 8192 * MIB)
  })
  return recorder
}

const frameOf = (recording: Recorder, limitBytes?: number) => ({
  title: 'node fetch.ts',
  recording,
  elapsedSeconds: 5,
  limitBytes,
  systemTotalBytes: 16_384 * MIB,
  ownShare: 0.004,
})

const EXPECTED = [
  '── node fetch.ts ────────────── 1 process · 0% CPU · 5.0s ──',
  ' memory    60 MiB   peak 80 MiB 50% of 160 MiB',
  '  176 MiB┤┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄',
  '         │',
  '   88 MiB┤                                        ▇▇▇▇▇▇▇▇▇▃',
  '        0┤          ▂▂▂▂▂▂▂▂▂▂▄▄▄▄▄▄▄▄▄▄▇▇▇▇▇▇▇▇▇▇██████████',
]

describe('renderFrame', () => {
  it('shows command, figures and the curve in eighths of a cell, with the limit across it', () => {
    const frame = frameOf(recordingOf([10, 20, 40, 80, 60]), 160 * MIB)
    const lines = renderFrame(frame, { width: 60, height: 6, color: false, unicode: true })
    assert.deepEqual(lines, EXPECTED)
  })

  it('fits any terminal, in any alphabet, with any figures', () => {
    const any = fc.tuple(
      fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 40 }),
      fc.integer({ min: 20, max: 250 }),
      fc.integer({ min: 1, max: 12 }),
      fc.boolean(),
      fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: undefined }),
      fc.string({ unit: 'binary', maxLength: 200 }),
    )
    fc.assert(
      fc.property(any, ([memory, width, height, unicode, limitMib, title]) => {
        const frame = { ...frameOf(recordingOf(memory), limitMib && limitMib * MIB), title }
        const lines = renderFrame(frame, { width, height, unicode, color: false })
        assert.ok(lines.length <= height)
        for (const line of lines) {
          assert.ok(cells(line) <= width, `${cells(line)} cells in ${width}`)
          assert.doesNotMatch(line, /NaN|undefined|Infinity/)
        }
      }),
      { numRuns: 40 },
    )
  })

  it('leaves most of the terminal to the command, and all of a tiny one', () => {
    assert.deepEqual([4, 8, 24, 50].map(frameHeight), [0, 3, 6, 8])
  })
})

describe('resample and drawArea', () => {
  it('keeps the highest value of each column, and the last value where there is no sample', () => {
    const ring = new SampleRing(8)
    for (const [at, value] of [
      [0, 1],
      [1, 5],
      [1.5, 2],
      [6, 3],
    ] as const)
      ring.add(at, value)
    assert.deepEqual(resample(ring.buckets, 4, 8), [5, 5, 5, 3])
    assert.deepEqual(resample([], 3, 8), [Number.NaN, Number.NaN, Number.NaN])
  })

  it('draws what is above zero with at least an eighth, and nothing above the top', () => {
    const plot = { rows: 2, top: 16, styleOf: () => undefined, unicode: true }
    const lines = drawArea([0, 0.01, 8, 9, 16, 99, Number.NaN], plot).map(pieces => pieces.map(p => p.text).join(''))
    assert.deepEqual(lines, ['   ▁██ ', ' ▁████ '])
  })
})
