import { readFileSync } from 'node:fs'
import type { ProcessReading } from './process-source.ts'

/**
 * The files of one process in `/proc` (https://man7.org/linux/man-pages/man5/proc.5.html), each read and parsed. A
 * process may end between two of them: every function returns undefined then.
 */

/** USER_HZ, the unit of times in `/proc`: 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100
const KIB = 1024
/** A flag of the kernel: on its way out (include/linux/sched.h). */
const PF_EXITING = 4

export type ReadProc = (path: string) => string | undefined

export const readProc: ReadProc = path => {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return undefined
  }
}

/** Identifies a process. Cheap: one file. */
export interface ProcIdentity {
  readonly pid: number
  readonly parentPid: number
  readonly startedAt: string
  readonly name: string
  /** Fields after the name, from the state (the third of the file) on. */
  readonly fields: readonly string[]
}

/** `/proc/PID/stat`; the name stands in brackets and may hold anything, brackets too. */
export function readIdentity(pid: number, read: ReadProc = readProc): ProcIdentity | undefined {
  const text = read(`/proc/${pid}/stat`)
  const open = text?.indexOf('(') ?? -1
  const close = text?.lastIndexOf(')') ?? -1
  if (text === undefined || open < 0 || close < open) return undefined
  const fields = text.slice(close + 2).split(' ')
  return {
    pid,
    parentPid: Number(fields[1]),
    startedAt: fields[19] ?? '',
    name: Buffer.from(text.slice(open + 1, close), 'latin1').toString(),
    fields,
  }
}

/** A reading with what is needed to count shared pages once. */
export interface ProcReading extends ProcessReading {
  /** Resident pages of files and of shared memory: those that several processes may hold together. */
  readonly sharedBytes: number
  /** The same for a parent and its child while the child runs in the parent's memory (vfork). */
  readonly imprint: string
}

/** Undefined for a process that has ended or is ending: its memory is being freed. */
export function readProcess(identity: ProcIdentity, read: ReadProc = readProc): ProcReading | undefined {
  const status = read(`/proc/${identity.pid}/status`)
  const exiting = (Number(identity.fields[6]) & PF_EXITING) !== 0
  if (status === undefined || exiting || !status.includes('\nVmRSS:')) return undefined
  const { fields, ...who } = identity
  const kib = (name: string) => numberAfter(status, name)
  const rssBytes = kib('VmRSS') * KIB
  return {
    ...who,
    threads: kib('Threads'),
    rssBytes,
    peakRssBytes: Math.max(rssBytes, kib('VmHWM') * KIB),
    cpuSeconds: seconds(fields[11], fields[12]),
    childrenCpuSeconds: seconds(fields[13], fields[14]),
    sharedBytes: (kib('RssFile') + kib('RssShmem')) * KIB,
    imprint: `${kib('VmSize')} ${kib('VmHWM')} ${kib('VmRSS')} ${kib('VmData')} ${kib('VmStk')}`,
  }
}

/** The shared memory of a process: each shared page divided by the number of processes that hold it. */
export interface Sharing {
  readonly anonymousSharedBytes: number
  readonly filePartBytes: number
}

/**
 * `/proc/PID/smaps_rollup`: exact, but the kernel walks every page for it, milliseconds for a process of 100 MB.
 */
export function readSharing(pid: number, read: ReadProc = readProc): Sharing | undefined {
  const text = read(`/proc/${pid}/smaps_rollup`)
  if (text === undefined || text === '') return undefined
  const bytes = (name: string) => numberAfter(text, name) * KIB
  return {
    anonymousSharedBytes: Math.max(0, bytes('Anonymous') - bytes('Pss_Anon')),
    filePartBytes: bytes('Pss_File') + bytes('Pss_Shmem'),
  }
}

/** The number in the line that begins with `name:`, 0 if there is no such line. */
function numberAfter(text: string, name: string): number {
  const at = text.indexOf(`\n${name}:`)
  return at < 0 ? 0 : Number.parseInt(text.slice(at + name.length + 2), 10)
}

/** CPU seconds of the children that this process started and waited for. */
export function waitedChildrenCpuSeconds(read: ReadProc = readProc): number {
  const text = read('/proc/self/stat')
  if (text === undefined) return 0
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return seconds(fields[13], fields[14])
}

/**
 * The last pid that the system gave out, threads included: while it stays the same, no process was started. Undefined
 * where the system does not say.
 */
export function lastPid(read: ReadProc = readProc): string | undefined {
  return read('/proc/loadavg')?.trim().split(' ')[4]
}

/** Whether the terminal counts this process among those in its foreground: what Ctrl-C goes to. Without `/proc`, a guess. */
export function isInForeground(read: ReadProc = readProc): boolean {
  const text = read('/proc/self/stat')
  if (text === undefined) return process.stdin.isTTY === true
  const [, , group, , , foreground] = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return group === foreground
}

function seconds(...ticks: (string | undefined)[]): number {
  return ticks.reduce((sum, value) => sum + Number(value ?? 0), 0) / TICKS_PER_SECOND
}
