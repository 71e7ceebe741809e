import { readdirSync } from 'node:fs'
import {
  lastPid,
  type ProcReading,
  type ReadProc,
  readIdentity,
  readProc,
  readProcess,
  readSharing,
  type Sharing,
} from './proc-files.ts'
import type { ProcessReading, ProcessSource } from './process-source.ts'
import { maskSecrets } from './secret-arguments.ts'

export interface ProcSourceOptions {
  /** `NAME=value`, in the environment of the command and so of whatever it starts. */
  readonly mark: string
  readonly read?: ReadProc
  readonly pids?: () => readonly number[]
  readonly nowMs?: () => number
}

/** Share of the time that may be used to measure shared pages. */
const SHARING_SHARE = 0.004
const MAX_SAVED_MS = 20
/** How many of the foreign processes are checked again in each round. */
const LOOKED_AT_AGAIN = 4

/**
 * The command's processes in `/proc`. A process belongs to the command if it is the command, if its parent belongs to
 * it, or if it has the mark in its environment (a grandchild whose parent ended before it was seen). It still does
 * after another process has adopted it.
 */
export function createProcSource(options: ProcSourceOptions): ProcessSource {
  const { read = readProc, pids = listPids } = options
  let rootPid = 0
  const ours = new Map<number, string>()
  const others = new Map<number, string>()
  const shares = createShares(read, options.nowMs ?? (() => performance.now()))

  const isOurs = (pid: number, parentPid: number) =>
    pid === rootPid ||
    ours.has(parentPid) ||
    (read(`/proc/${pid}/environ`)?.split('\0').includes(options.mark) ?? false)

  const sort = (pid: number) => {
    const identity = readIdentity(pid, read)
    if (identity === undefined) return
    if (isOurs(pid, identity.parentPid)) ours.set(pid, identity.startedAt)
    else others.set(pid, identity.startedAt)
  }

  let seenPid: string | undefined

  const look = () => {
    const newest = lastPid(read)
    if (newest !== undefined && newest === seenPid) return
    seenPid = newest
    const alive = new Set(pids())
    for (const pid of ours.keys()) if (!alive.has(pid)) ours.delete(pid)
    for (const pid of others.keys()) if (!alive.has(pid)) others.delete(pid)
    // In order of pid, so that parents come before their children, but where the numbers wrapped around.
    for (const pid of [...alive].sort((a, b) => a - b)) if (!ours.has(pid) && !others.has(pid)) sort(pid)
    lookAgain()
  }

  /** Between two rounds, a foreign pid may be reused by a process of the command. */
  const lookAgain = () => {
    for (const [pid, startedAt] of [...others].slice(0, LOOKED_AT_AGAIN)) {
      others.delete(pid)
      if (readIdentity(pid, read)?.startedAt === startedAt) others.set(pid, startedAt)
      else sort(pid)
    }
  }

  const readOne = (pid: number, startedAt: string): ProcReading | undefined => {
    const identity = readIdentity(pid, read)
    if (identity?.startedAt === startedAt) return readProcess(identity, read)
    ours.delete(pid)
    return undefined
  }

  return {
    name: '/proc',
    minIntervalMs: 20,
    read: async pid => {
      if (pid !== rootPid) others.delete(pid)
      rootPid = pid
      look()
      const processes: ProcReading[] = []
      for (const [pid, startedAt] of ours) {
        const reading = readOne(pid, startedAt)
        if (reading !== undefined) processes.push(reading)
      }
      return { processes, residentBytes: shares.residentBytes(processes) }
    },
    commandOf: process => commandLine(process, read),
  }
}

function listPids(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(pid => pid > 0)
}

function commandLine({ pid, name }: ProcessReading, read: ReadProc): string {
  const text = read(`/proc/${pid}/cmdline`) ?? ''
  return maskSecrets(Buffer.from(text, 'latin1').toString().split('\0')).join(' ').trim() || name
}

/**
 * Adds up the memory of several processes. A single process has its resident memory. Of several, memory that a child
 * still shares with its parent after a fork counts once, and so do pages of programs and libraries: the largest
 * holder's, or the sum of all parts if that is more.
 */
function createShares(read: ReadProc, nowMs: () => number) {
  const known = new Map<string, Sharing & { readonly atMs: number }>()
  let savedMs = MAX_SAVED_MS
  let lastMs = nowMs()

  /** Measures the processes whose last measurement is oldest, within the time saved up for it. */
  const refresh = (processes: readonly ProcReading[]) => {
    savedMs = Math.min(MAX_SAVED_MS, savedMs + (nowMs() - lastMs) * SHARING_SHARE)
    lastMs = nowMs()
    const atOf = (process: ProcReading) => known.get(keyOf(process))?.atMs ?? -Infinity
    for (const process of [...processes].sort((a, b) => atOf(a) - atOf(b))) {
      if (savedMs <= 0) break
      const beginMs = nowMs()
      const sharing = readSharing(process.pid, read)
      if (sharing !== undefined) known.set(keyOf(process), { ...sharing, atMs: beginMs })
      savedMs -= nowMs() - beginMs
    }
    const alive = new Set(processes.map(keyOf))
    for (const key of known.keys()) if (!alive.has(key)) known.delete(key)
  }

  return {
    residentBytes(all: readonly ProcReading[]): number {
      const processes = withoutBorrowers(all)
      if (processes.length <= 1) return processes[0]?.rssBytes ?? 0
      refresh(processes)
      let anonymous = 0
      let largestFile = 0
      let fileParts = 0
      for (const process of processes) {
        const sharing = known.get(keyOf(process))
        const own = process.rssBytes - process.sharedBytes
        anonymous += Math.max(0, own - (sharing?.anonymousSharedBytes ?? 0))
        largestFile = Math.max(largestFile, process.sharedBytes)
        fileParts += sharing?.filePartBytes ?? 0
      }
      return anonymous + Math.max(largestFile, fileParts)
    },
  }
}

/** A child between vfork and exec runs in its parent's memory: it shows the same figures and has no memory of its own. */
function withoutBorrowers(processes: readonly ProcReading[]): readonly ProcReading[] {
  const imprints = new Map(processes.map(process => [process.pid, process.imprint]))
  return processes.filter(process => imprints.get(process.parentPid) !== process.imprint)
}

function keyOf({ pid, startedAt }: ProcessReading): string {
  return `${pid} ${startedAt}`
}
