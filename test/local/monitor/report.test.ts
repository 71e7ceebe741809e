import assert from 'node:assert/strict'
import { Recorder } from '../../../functions/local/monitor/recorder.ts'
import { renderReport } from '../../../functions/local/monitor/report.ts'
import { judgeRun, type Outcome, progressLine, renderSummary } from '../../../functions/local/monitor/summary.ts'
import { processOf } from './readings.ts'

const MIB = 1048576
const PLAIN = { color: false, unicode: true }

/** A run of `seconds`, five samples each, of memory as `mibAt` has it. */
function runOf(seconds: number, mibAt: (second: number) => number, given: Partial<Outcome> = {}): Outcome {
  const recorder = new Recorder(() => 'node <fetch> & "co".ts')
  for (let i = 0; i < seconds * 5; i++) {
    const residentBytes = mibAt(i / 5) * MIB
    const processes = [processOf({ rssBytes: residentBytes, cpuSeconds: i / 10 })]
    recorder.add((i + 1) / 5, { processes, residentBytes }, 8192 * MIB)
  }
  return {
    title: 'fetch <b>',
    ending: { exitCode: 0, signal: undefined },
    startedAt: new Date('2026-11-23T12:00:00Z'),
    elapsedSeconds: seconds,
    recording: recorder,
    limitBytes: 256 * MIB,
    systemTotalBytes: 16_384 * MIB,
    verdict: judgeRun(recorder, seconds),
    leftBehind: 0,
    ownCpuSeconds: 0.1,
    ...given,
  }
}

const healthy = (second: number) => 100 + (second % 3)
const leaking = (second: number) => 100 + second + (second % 3)

/** Elements opened and closed in order, as far as a page of ours goes. */
function assertWellFormed(page: string): void {
  const open: string[] = []
  const empty = new Set(['meta', 'br'])
  const body = page.replace(/<style>.*?<\/style>/s, '').replace('<!doctype html>', '')
  for (const [, slash, name, , closed] of body.matchAll(/<(\/?)([a-z0-9]+)((?:\s+[\w-]+="[^"<>]*")*)\s*(\/?)>/gi)) {
    if (slash) assert.equal(open.pop(), name)
    else if (!closed && !empty.has(name!)) open.push(name!)
  }
  assert.deepEqual(open, [])
}

describe('renderReport', () => {
  it('judges neither growth nor leak of a run that is too short, as the terminal does', () => {
    const page = renderReport(runOf(8, leaking), 'node')
    assert.match(page, /<b>–<\/b><span>growth: too short to tell<\/span>/)
    assert.match(page, /<section class="verdict none"><strong>Not judged<\/strong>/)
    assert.match(renderReport(runOf(60, healthy), 'node'), /<section class="verdict green"><strong>No leak<\/strong>/)
  })

  it('draws the curve through a peak that no sample saw', () => {
    const outcome = runOf(60, healthy)
    const recorder = outcome.recording as Recorder
    recorder.peakBytes = 300 * MIB
    recorder.peakAtSeconds = 30
    const page = renderReport(outcome, 'node')
    const [, x, y] = /<circle class="peak" cx="([\d.]+)" cy="([\d.]+)"/.exec(page)!
    const [, curve] = /<polyline class="curve" points="([^"]+)"/.exec(page)!
    const points = curve!.split(' ').map(point => point.split(',').map(Number) as [number, number])
    const near = points.filter(([px]) => Math.abs(px - Number(x)) < 2).map(([, py]) => py)
    assert.ok(near.includes(Number(y)), `the dot at ${y}, the curve at ${near}`)
  })

  it('stays readable on a narrow page: the chart keeps a width, its letters grow', () => {
    const page = renderReport(runOf(60, healthy), 'node')
    assert.match(
      page,
      /@media \(max-width: 700px\)[^@]*\.wide svg \{ min-width: 640px; \}[^@]*\.axis[^@]*font-size: 16px/s,
    )
    assert.equal(page.match(/<section class="wide"><h2>(Resident memory|CPU)/g)?.length, 2)
  })

  for (const [name, outcome] of Object.entries({
    'a healthy run': runOf(60, healthy),
    'a leak': runOf(60, leaking),
    'a run without a limit': runOf(60, healthy, { limitBytes: undefined }),
    'a single sample': runOf(0.2, healthy),
    'no sample': runOf(0, healthy),
    days: runOf(3600, healthy, { elapsedSeconds: 3600 }),
  })) {
    it(`is one whole page that asks for nothing from outside, of ${name}`, () => {
      const page = renderReport(outcome, 'node <fetch>')
      assertWellFormed(page)
      assert.doesNotMatch(page, /<script|https?:|url\(|@import|src=/i)
      assert.doesNotMatch(page, /NaN|undefined|Infinity/)
      assert.ok(page.length < 400_000, `${page.length} characters`)
    })
  }

  it('shows what came from outside as text', () => {
    const page = renderReport(runOf(60, healthy), 'sh -c "<img onerror=x>"')
    assert.doesNotMatch(page, /<img|<b>co|fetch <b>/)
    assert.match(page, /fetch &#60;b&#62;/)
    assert.match(page, /node &#60;fetch&#62; &#38; &#34;co&#34;\.ts/)
  })

  it('draws the limit, the peak and the slope of a leak where they are', () => {
    const page = renderReport(runOf(60, leaking), 'x')
    assert.match(page, />limit 256 MiB</)
    assert.match(page, />peak 162\.6 MiB</)
    assert.match(page, /<path class="trend"/)
    assert.match(page, /A leak, 99\.9% sure/)
    assert.doesNotMatch(renderReport(runOf(60, healthy), 'x'), /class="trend"/)
  })
})

describe('renderSummary', () => {
  it('prints peak, growth, verdict and cost', () => {
    const lines = renderSummary(runOf(60, leaking), PLAIN).trim().split('\n')
    assert.equal(lines[0], 'fetch <b>: exit code 0 after 1m00s')
    assert.match(lines[1]!, /^ {2}memory {5}peak 162\.6 MiB at 1m00s, 64% of 256 MiB; average 131\.2 MiB$/)
    assert.match(lines[2]!, /^ {2}growth {5}\+4\d(\.\d)? MiB after warm-up$/)
    assert.match(lines[3]!, /^ {2}verdict {4}a leak, 99\.9% sure: .* by (59|60|61)(\.\d)? MiB a minute/)
    assert.match(lines[4]!, /^ {2}CPU {8}29\.9 s, 50% of one core$/)
    assert.match(
      lines[6]!,
      /^ {2}monitor {4}0\.10 s of CPU, 0\.17% of one core; 300 samples, one per 200 ms on average$/,
    )
  })

  it('finds no leak in a run of seconds, nor in a healthy minute', () => {
    assert.match(renderSummary(runOf(8, leaking), PLAIN), /verdict {4}not judged: too short a run/)
    assert.match(renderSummary(runOf(60, healthy), PLAIN), /verdict {4}no leak: /)
  })

  it('prints the exit code as a shell does, and the processes that live on', () => {
    const killed = runOf(60, healthy, { ending: { exitCode: 137, signal: 'SIGKILL' }, leftBehind: 2 })
    assert.match(renderSummary(killed, PLAIN), /exit code 137 \(SIGKILL\) after.*; 2 still running/s)
    assert.match(renderSummary(runOf(0, healthy), PLAIN), /finished before the first sample/)
  })
})

describe('progressLine', () => {
  it('is one line', () => {
    const { recording } = runOf(60, healthy)
    assert.equal(progressLine(recording, 60), 'monitor: 1m00s: 102.8 MiB now, 102.8 MiB peak, 1 process, 50% CPU\n')
  })
})
