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
const CHECKED_AGAIN = 4

/**
 * The command's processes in `/proc`. A process belongs to the command if it is the command, if its parent belongs to
 * it, or if it has the mark in its environment (a grandchild whose parent ended before it was seen). It still does
 * after another process has adopted it.
 */
export function createProcSource(options: ProcSourceOptions): ProcessSource {
  const { read = readProc, pids = listPids, nowMs = () => performance.now() } = options
  const family = new Family(options.mark, read, pids)
  const shares = createShares(read, nowMs)
  return {
    name: '/proc',
    minIntervalMs: 20,
    read: async pid => {
      const processes = family.read(pid)
      return { processes, residentBytes: shares.residentBytes(processes) }
    },
    commandOf: process => commandLine(process, read),
  }
}

/** The processes of the command among all of the machine. */
class Family {
  readonly #mark: string
  readonly #read: ReadProc
  readonly #pids: () => readonly number[]
  readonly #ours = new Map<number, string>()
  readonly #others = new Map<number, string>()
  #rootPid = 0
  #newestPid: string | undefined

  constructor(mark: string, read: ReadProc, pids: () => readonly number[]) {
    this.#mark = mark
    this.#read = read
    this.#pids = pids
  }

  read(rootPid: number): ProcReading[] {
    if (rootPid !== this.#rootPid) this.#others.delete(rootPid)
    this.#rootPid = rootPid
    this.#update()
    const readings = [...this.#ours].map(([pid, startedAt]) => this.#readOne(pid, startedAt))
    return readings.filter(reading => reading !== undefined)
  }

  #update(): void {
    const newest = lastPid(this.#read)
    if (newest !== undefined && newest === this.#newestPid) return
    this.#newestPid = newest
    const alive = new Set(this.#pids())
    for (const pid of this.#ours.keys()) if (!alive.has(pid)) this.#ours.delete(pid)
    for (const pid of this.#others.keys()) if (!alive.has(pid)) this.#others.delete(pid)
    // In order of pid, so that parents come before their children, but where the numbers wrapped around.
    for (const pid of [...alive].sort((a, b) => a - b)) {
      if (!this.#ours.has(pid) && !this.#others.has(pid)) this.#sort(pid)
    }
    this.#checkOthersAgain()
  }

  #sort(pid: number): void {
    const identity = readIdentity(pid, this.#read)
    if (identity === undefined) return
    const list = this.#isOurs(pid, identity.parentPid) ? this.#ours : this.#others
    list.set(pid, identity.startedAt)
  }

  #isOurs(pid: number, parentPid: number): boolean {
    if (pid === this.#rootPid || this.#ours.has(parentPid)) return true
    return this.#read(`/proc/${pid}/environ`)?.split('\0').includes(this.#mark) ?? false
  }

  /** Between two rounds, a foreign pid may be reused by a process of the command. */
  #checkOthersAgain(): void {
    for (const [pid, startedAt] of [...this.#others].slice(0, CHECKED_AGAIN)) {
      this.#others.delete(pid)
      if (readIdentity(pid, this.#read)?.startedAt === startedAt) this.#others.set(pid, startedAt)
      else this.#sort(pid)
    }
  }

  #readOne(pid: number, startedAt: string): ProcReading | undefined {
    const identity = readIdentity(pid, this.#read)
    if (identity?.startedAt === startedAt) return readProcess(identity, this.#read)
    this.#ours.delete(pid)
    return undefined
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
