import { SampleRing } from '../../runtime/memory/sample-ring.ts'
import type { ProcessReading, TreeReading } from './process-source.ts'

/** All processes of the command at one moment. */
export interface TreeSample {
  /** Since the command was started. */
  readonly atSeconds: number
  readonly residentBytes: number
  /** Resident sizes added up, shared pages counted as often as they are shared. */
  readonly rssSumBytes: number
  readonly processes: number
  readonly threads: number
  /** CPU time used so far, by processes that are gone too. */
  readonly cpuSeconds: number
  /** Over the last half second or so, in cores: 1.5 is one and a half of them. */
  readonly cpuCores: number
  readonly systemFreeBytes: number
}

/** What one process was like, for the table at the end. */
export interface ProcessRecord {
  readonly pid: number
  readonly command: string
  readonly peakRssBytes: number
  readonly cpuSeconds: number
  readonly fromSeconds: number
  readonly toSeconds: number
}

/** What is kept of a run of any length: a few rings and the largest processes. */
export interface Recording {
  readonly memory: SampleRing
  readonly cpu: SampleRing
  readonly samples: number
  readonly latest: TreeSample | undefined
  /** The highest ever, spikes between two samples included. */
  readonly peakBytes: number
  readonly peakAtSeconds: number
  readonly averageBytes: number
  readonly maxProcesses: number
  /** Processes that were seen, one after the other or at once. */
  readonly processesSeen: number
  readonly cpuSeconds: number
  /** The largest by peak, largest first. */
  readonly largest: readonly ProcessRecord[]
}

const KEPT_PROCESSES = 12
/** The kernel counts in hundredths of a second, so a rate over a shorter time is mostly noise. */
const CPU_WINDOW_SECONDS = 0.5

export class Recorder implements Recording {
  readonly memory = new SampleRing(1024)
  readonly cpu = new SampleRing(1024)
  samples = 0
  latest: TreeSample | undefined
  peakBytes = 0
  peakAtSeconds = 0
  maxProcesses = 0
  processesSeen = 0
  cpuSeconds = 0
  #byteSeconds = 0
  #window = { fromSeconds: 0, cpuSeconds: 0, cores: 0 }
  readonly #commandOf: (process: ProcessReading) => string
  readonly #alive = new Map<string, ProcessRecord>()
  #gone: readonly ProcessRecord[] = []

  constructor(commandOf: (process: ProcessReading) => string) {
    this.#commandOf = commandOf
  }

  get averageBytes(): number {
    const { latest } = this
    return latest !== undefined && latest.atSeconds > 0 ? this.#byteSeconds / latest.atSeconds : this.peakBytes
  }

  get largest(): readonly ProcessRecord[] {
    return [...this.#gone, ...this.#alive.values()]
      .sort((a, b) => b.peakRssBytes - a.peakRssBytes)
      .slice(0, KEPT_PROCESSES)
  }

  /** Adds a reading. A reading without processes is ignored: all have just ended. */
  add(atSeconds: number, tree: TreeReading, systemFreeBytes: number): TreeSample | undefined {
    const { processes, residentBytes } = tree
    if (processes.length === 0) return undefined
    const spikeBytes = this.#note(processes, atSeconds)
    const before = this.latest
    const passed = atSeconds - (before?.atSeconds ?? 0)
    // Between the end of a process and its parent's wait, no figure includes its CPU time.
    const used = processes.reduce((sum, p) => sum + p.cpuSeconds + p.childrenCpuSeconds, 0)
    const cpuSeconds = Math.max(this.cpuSeconds, used)
    const sample: TreeSample = {
      atSeconds,
      residentBytes,
      rssSumBytes: processes.reduce((sum, p) => sum + p.rssBytes, 0),
      processes: processes.length,
      threads: processes.reduce((sum, p) => sum + p.threads, 0),
      cpuSeconds,
      cpuCores: this.#rate(atSeconds, cpuSeconds),
      systemFreeBytes,
    }
    this.#byteSeconds += passed * ((residentBytes + (before?.residentBytes ?? residentBytes)) / 2)
    this.memory.add(atSeconds, residentBytes)
    this.#peak(residentBytes + spikeBytes, atSeconds)
    this.maxProcesses = Math.max(this.maxProcesses, processes.length)
    this.cpuSeconds = cpuSeconds
    this.samples += 1
    this.latest = sample
    return sample
  }

  /** The CPU time that the kernel counts once the command has ended is more exact than the last sample's. */
  ended(cpuSeconds: number): void {
    this.cpuSeconds = Math.max(this.cpuSeconds, cpuSeconds)
  }

  #rate(atSeconds: number, cpuSeconds: number): number {
    const { fromSeconds, cpuSeconds: before, cores } = this.#window
    if (atSeconds - fromSeconds < CPU_WINDOW_SECONDS && fromSeconds > 0) return cores
    const rate = atSeconds > fromSeconds ? (cpuSeconds - before) / (atSeconds - fromSeconds) : 0
    if (atSeconds - fromSeconds >= CPU_WINDOW_SECONDS) {
      this.#window = { fromSeconds: atSeconds, cpuSeconds, cores: rate }
      this.cpu.add(atSeconds, rate)
    }
    return rate
  }

  #peak(bytes: number, atSeconds: number): void {
    if (bytes <= this.peakBytes) return
    this.peakBytes = bytes
    this.peakAtSeconds = atSeconds
  }

  /**
   * Updates the table of single processes. Returns by how much one of them was larger between the last reading and this
   * one: a new high-water mark shows a spike between two samples.
   */
  #note(processes: readonly ProcessReading[], atSeconds: number): number {
    let spikeBytes = 0
    const seen = new Set<string>()
    for (const process of processes) {
      const key = `${process.pid} ${process.startedAt}`
      seen.add(key)
      const before = this.#alive.get(key)
      if (before === undefined) this.processesSeen += 1
      if (process.peakRssBytes > (before?.peakRssBytes ?? 0)) {
        spikeBytes = Math.max(spikeBytes, process.peakRssBytes - process.rssBytes)
      }
      this.#alive.set(key, this.#recordOf(process, before, atSeconds))
    }
    for (const [key, record] of this.#alive) if (!seen.has(key)) this.#bury(key, record)
    return spikeBytes
  }

  /** A process that has just been started is a copy of its parent, so its name is read again later. */
  #recordOf(process: ProcessReading, before: ProcessRecord | undefined, atSeconds: number): ProcessRecord {
    const fromSeconds = before?.fromSeconds ?? atSeconds
    const settled = before !== undefined && before.toSeconds - fromSeconds > 1
    return {
      pid: process.pid,
      command: settled ? before.command : this.#commandOf(process),
      peakRssBytes: Math.max(process.peakRssBytes, before?.peakRssBytes ?? 0),
      cpuSeconds: process.cpuSeconds,
      fromSeconds,
      toSeconds: atSeconds,
    }
  }

  #bury(key: string, record: ProcessRecord): void {
    this.#alive.delete(key)
    this.#gone = [...this.#gone, record].sort((a, b) => b.peakRssBytes - a.peakRssBytes).slice(0, KEPT_PROCESSES)
  }
}
