import assert from 'node:assert/strict'
import { Recorder } from '../../../functions/local/monitor/recorder.ts'
import { nextDelayMs } from '../../../functions/local/monitor/sampling.ts'
import { processOf } from './readings.ts'

const MIB = 1048576
const FREE = 1024 * MIB

const newRecorder = () => new Recorder(({ name }) => name)

function add(recorder: Recorder, at: number, ...processes: ReturnType<typeof processOf>[]) {
  return recorder.add(at, { processes, residentBytes: processes.reduce((sum, p) => sum + p.rssBytes, 0) }, FREE)
}

describe('Recorder', () => {
  it('takes the peak from the kernel’s high-water marks where a spike fell between two samples', () => {
    const recorder = newRecorder()
    add(recorder, 1, processOf({ rssBytes: 50 * MIB }), processOf({ pid: 101, rssBytes: 10 * MIB }))
    const spiked = { rssBytes: 52 * MIB, peakRssBytes: 90 * MIB }
    add(recorder, 2, processOf(spiked), processOf({ pid: 101, rssBytes: 10 * MIB }))
    assert.equal(recorder.peakBytes, 100 * MIB)
    add(recorder, 3, processOf(spiked), processOf({ pid: 101, rssBytes: 30 * MIB }))
    assert.equal(recorder.peakBytes, 100 * MIB, 'an old mark is not counted on top of what grew later')
    assert.equal(recorder.peakAtSeconds, 2)
  })

  it('weights the average by time', () => {
    const recorder = newRecorder()
    add(recorder, 0.001, processOf({ rssBytes: 10 * MIB }))
    add(recorder, 1, processOf({ rssBytes: 10 * MIB }))
    add(recorder, 9, processOf({ rssBytes: 10 * MIB }))
    add(recorder, 10, processOf({ rssBytes: 30 * MIB }))
    assert.ok(Math.abs(recorder.averageBytes / MIB - 11) < 0.01, `${recorder.averageBytes / MIB}`)
  })

  it('counts the CPU time of children that came and went, and never less than before', () => {
    const recorder = newRecorder()
    add(recorder, 1, processOf({ cpuSeconds: 1 }), processOf({ pid: 101, cpuSeconds: 3 }))
    assert.equal(recorder.cpuSeconds, 4)
    add(recorder, 2, processOf({ cpuSeconds: 1.2 }))
    assert.equal(recorder.cpuSeconds, 4, 'the child has ended and is not yet waited for')
    add(recorder, 3, processOf({ cpuSeconds: 1.5, childrenCpuSeconds: 3.5 }))
    assert.equal(recorder.cpuSeconds, 5)
    assert.equal(recorder.latest?.cpuCores, 1)
    recorder.ended(5.25)
    assert.equal(recorder.cpuSeconds, 5.25)
  })

  it('keeps the largest of ten thousand processes and a bounded curve', () => {
    const recorder = newRecorder()
    for (let i = 0; i < 10_000; i++) {
      add(recorder, i, processOf({ pid: i, rssBytes: ((i * 7919) % 10_007) * 1024, name: `p${i}` }))
    }
    assert.equal(recorder.processesSeen, 10_000)
    assert.equal(recorder.maxProcesses, 1)
    assert.equal(recorder.largest.length, 12)
    const sizes = recorder.largest.map(({ peakRssBytes }) => peakRssBytes / 1024)
    assert.deepEqual(
      sizes,
      [...sizes].sort((a, b) => b - a),
    )
    assert.ok(sizes[11]! >= 10_006 - 20)
    assert.ok(recorder.memory.buckets.length <= 1024)
    assert.equal(Math.max(...recorder.memory.buckets.map(({ highest }) => highest)), recorder.peakBytes)
  })

  it('leaves out a reading without processes', () => {
    const recorder = newRecorder()
    assert.equal(add(recorder, 1), undefined)
    assert.deepEqual([recorder.samples, recorder.averageBytes, recorder.largest.length], [0, 0, 0])
  })

  it('asks again for a command until it has settled, since a new process is still a copy of its parent', () => {
    let name = 'sh'
    const recorder = new Recorder(() => name)
    add(recorder, 1, processOf())
    name = 'node'
    add(recorder, 1.2, processOf())
    add(recorder, 2.5, processOf())
    name = 'renamed'
    add(recorder, 9, processOf())
    assert.equal(recorder.largest[0]?.command, 'node')
  })
})

describe('nextDelayMs', () => {
  it('samples often at first, then at the interval, and never less often', () => {
    assert.deepEqual(
      [0, 500, 5_000, 30_000, 1e9].map(ms => nextDelayMs(ms, 200, 0)),
      [4, 20, 50, 200, 200],
    )
    assert.deepEqual(
      [0, 5_000, 1e9].map(ms => nextDelayMs(ms, 10, 0)),
      [4, 10, 10],
    )
  })

  it('samples less often where sampling costs more than its share, within bounds', () => {
    assert.equal(nextDelayMs(10_000, 200, 100), 100)
    assert.equal(nextDelayMs(10_000, 200, 510), 500)
    assert.equal(nextDelayMs(10_000, 200, 60_000), 1000)
  })
})
