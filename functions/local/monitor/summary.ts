import { type Looks, paint, type Style } from '../terminal/style.ts'
import type { Ending } from './command-process.ts'
import { cores, cpu, mib, share, signedMib, time } from './format.ts'
import { judgeRing, type LeakVerdict } from './leak.ts'
import type { Recording } from './recorder.ts'

/** All that is known at the end of a run. */
export interface Outcome {
  readonly title: string
  readonly ending: Ending
  readonly startedAt: Date
  readonly elapsedSeconds: number
  readonly recording: Recording
  readonly limitBytes: number | undefined
  readonly systemTotalBytes: number
  readonly verdict: LeakVerdict
  /** Processes of the command that live on after it. */
  readonly leftBehind: number
  /** CPU time of the monitor. */
  readonly ownCpuSeconds: number
}

const MIN_JUDGED_SECONDS = 10

/** The verdict on a run. A run of a few seconds is not judged. */
export function judgeRun({ memory }: Recording, elapsedSeconds: number): LeakVerdict {
  const verdict = judgeRing(memory)
  if (elapsedSeconds >= MIN_JUDGED_SECONDS) return verdict
  return { ...verdict, verdict: 'none', confidence: 0, reason: 'too short a run' }
}

/** `exit code 0`, `exit code 137 (SIGKILL)`. */
export function endingText({ exitCode, signal }: Ending): string {
  return `exit code ${exitCode}${signal === undefined ? '' : ` (${signal})`}`
}

/** `a leak, 99.9% sure: …`, in words. */
export function verdictText(verdict: LeakVerdict): string {
  const { confidence, bytesPerUnit, lowBytesPerUnit, highBytesPerUnit, reason } = verdict
  if (!isJudged(verdict)) return `not judged: ${reason}`
  if (verdict.verdict === 'none') return `no leak: ${reason}`
  const rate = `${mib(bytesPerUnit * 60)} a minute (${mib(lowBytesPerUnit * 60)} to ${mib(highBytesPerUnit * 60)})`
  const sure = `${(Math.floor(Math.min(confidence, 0.999) * 1000) / 10).toFixed(1)}% sure`
  return `${verdict.verdict === 'leak' ? 'a leak' : 'perhaps a leak'}, ${sure}: ${reason}, by ${rate}`
}

/** Memory, limit, growth and cost as label and text, for the terminal and the page. */
export function summaryRows(outcome: Outcome): [label: string, text: string, style?: Style][] {
  const { recording, elapsedSeconds, limitBytes, verdict, ownCpuSeconds, leftBehind } = outcome
  if (recording.samples === 0) return [['memory', 'finished before the first sample']]
  const of = limitBytes === undefined ? '' : `, ${share(recording.peakBytes / limitBytes)} of ${mib(limitBytes)}`
  const at = ` at ${time(recording.peakAtSeconds)}${of}`
  const most = recording.maxProcesses
  const rows: [string, string, Style?][] = [
    ['memory', `peak ${mib(recording.peakBytes)}${at}; average ${mib(recording.averageBytes)}`],
    ['growth', growthText(verdict)],
    ['verdict', verdictText(verdict), verdictStyle(verdict)],
    ['CPU', `${cpu(recording.cpuSeconds)}, ${cores(recording.cpuSeconds / elapsedSeconds)} of one core`],
    ['processes', `${recording.processesSeen} seen, at most ${most} at once${leftText(leftBehind)}`],
    [
      'monitor',
      `${cpu(ownCpuSeconds)} of CPU, ${share(ownCpuSeconds / elapsedSeconds)} of one core; ${samplesText(outcome)}`,
    ],
  ]
  return rows
}

/** False where the run was too short, or had too few samples, to say anything. */
export function isJudged({ samples, reason }: LeakVerdict): boolean {
  return samples > 0 && !reason.startsWith('too ')
}

export function growthText(verdict: LeakVerdict): string {
  return isJudged(verdict) ? `${signedMib(verdict.growthBytes)} after warm-up` : 'not enough time to tell'
}

function leftText(leftBehind: number): string {
  return leftBehind === 0 ? '' : `; ${leftBehind} still running`
}

/** As they were taken: more often in the first seconds than the interval says. */
function samplesText({ recording, elapsedSeconds }: Outcome): string {
  const { samples } = recording
  if (samples === 1) return '1 sample'
  return `${samples} samples, one per ${Math.round((elapsedSeconds * 1000) / samples)} ms on average`
}

/** Undefined where there is no verdict. */
export function verdictStyle(verdict: LeakVerdict): Style | undefined {
  if (!isJudged(verdict)) return undefined
  return verdict.verdict === 'leak' ? 'red' : verdict.verdict === 'suspected' ? 'yellow' : 'green'
}

/** What `monitor --json` prints: sizes in bytes, times in seconds; growth and verdict only where the run was long enough. */
export function outcomeDocument(outcome: Outcome) {
  const { title, ending, startedAt, elapsedSeconds, recording, limitBytes, verdict, leftBehind } = outcome
  return {
    title,
    exitCode: ending.exitCode,
    ...(ending.signal && { signal: ending.signal }),
    startedAt: startedAt.toISOString(),
    elapsedSeconds,
    peakBytes: recording.peakBytes,
    peakAtSeconds: recording.peakAtSeconds,
    averageBytes: Math.round(recording.averageBytes),
    ...(limitBytes !== undefined && { limitBytes }),
    ...(isJudged(verdict) && { growthBytes: verdict.growthBytes, verdict: verdict.verdict }),
    cpuSeconds: recording.cpuSeconds,
    processes: recording.processesSeen,
    processesLeft: leftBehind,
    samples: recording.samples,
    monitorCpuSeconds: outcome.ownCpuSeconds,
  }
}

/** The summary for a terminal or a log, one line per row. */
export function renderSummary(outcome: Outcome, looks: Looks): string {
  const head = `${outcome.title}: ${endingText(outcome.ending)} after ${time(outcome.elapsedSeconds)}`
  const rows = summaryRows(outcome).map(
    ([label, text, style]) => `  ${paint(label.padEnd(11), 'dim', looks)}${paint(text, style, looks)}`,
  )
  return `\n${[paint(head, 'bold', looks), ...rows].join('\n')}\n`
}

/** One line, for output that is no terminal. */
export function progressLine(recording: Recording, elapsedSeconds: number): string {
  const { latest } = recording
  if (latest === undefined) return ''
  const { residentBytes, processes, cpuCores } = latest
  const now = `${mib(residentBytes)} now, ${mib(recording.peakBytes)} peak`
  return `monitor: ${time(elapsedSeconds)}: ${now}, ${processes} ${processes === 1 ? 'process' : 'processes'}, ${cores(cpuCores)} CPU\n`
}
