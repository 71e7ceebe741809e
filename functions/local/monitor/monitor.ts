import { randomUUID } from 'node:crypto'
import { freemem, totalmem } from 'node:os'
import { passSignalsOn, startCommand } from './command-process.ts'
import { waitedChildrenCpuSeconds } from './proc-files.ts'
import type { ProcessSource } from './process-source.ts'
import { Recorder, type Recording, type TreeSample } from './recorder.ts'
import { keepSampling } from './sampling.ts'
import { judgeRun, type Outcome } from './summary.ts'

export interface MonitorOptions {
  readonly command: readonly [string, ...string[]]
  readonly title: string
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  readonly intervalMs: number
  readonly limitBytes: number | undefined
  /** `mark`: what the command and its descendants carry in their environment, as `NAME=value`. */
  readonly createSource: (mark: string) => ProcessSource
}

/** Receives the samples. `finish` is called once, before `monitor` resolves. */
export interface MonitorView {
  sampled(sample: TreeSample, recording: Recording, elapsedSeconds: number, ownShare: number): void
  finish(): void
}

const MARK = 'TICK_HANDLER_MONITOR'

/**
 * Runs a command, watches it and its descendants until it ends, and returns what it recorded. Memory: bounded, however
 * long the command runs.
 * @throws NotStarted if the command cannot be started
 */
export async function monitor(options: MonitorOptions, view: MonitorView): Promise<Outcome> {
  const mark = randomUUID()
  const source = options.createSource(`${MARK}=${mark}`)
  await source.read(0)
  const startedAt = new Date()
  const waitedBefore = waitedChildrenCpuSeconds()
  const ownBefore = process.cpuUsage()
  const startedMs = performance.now()
  const elapsedMs = () => performance.now() - startedMs
  const command = await startCommand(options.command, { ...options.env, [MARK]: mark }, options.cwd)
  const stopPassing = passSignalsOn(command)
  const recorder = new Recorder(source.commandOf)
  const done = new AbortController()
  const ownCpuMs = () => cpuMsSince(ownBefore)

  const sample = async () => {
    const tree = await source.read(command.pid)
    const taken = recorder.add(elapsedMs() / 1000, tree, freemem())
    if (taken) view.sampled(taken, recorder, elapsedMs() / 1000, ownCpuMs() / elapsedMs())
  }
  const intervalMs = Math.max(options.intervalMs, source.minIntervalMs)
  // If sampling fails, the error is thrown only after the command has ended.
  const sampling = keepSampling(sample, { intervalMs, signal: done.signal, elapsedMs, ownCpuMs }).then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
  try {
    const ending = await command.ended
    const elapsedSeconds = elapsedMs() / 1000
    done.abort()
    const failed = await sampling
    if (failed) throw failed.error
    const left = (await source.read(command.pid)).processes
    const alive = left.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)
    recorder.ended(waitedChildrenCpuSeconds() - waitedBefore + alive)
    return {
      title: options.title,
      ending,
      startedAt,
      elapsedSeconds,
      recording: recorder,
      limitBytes: options.limitBytes,
      systemTotalBytes: totalmem(),
      verdict: judgeRun(recorder, elapsedSeconds),
      leftBehind: left.length,
      ownCpuSeconds: ownCpuMs() / 1000,
    }
  } finally {
    done.abort()
    stopPassing()
    view.finish()
  }
}

function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
