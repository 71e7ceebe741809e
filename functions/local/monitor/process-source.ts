/** One process at one moment, in bytes and seconds. */
export interface ProcessReading {
  readonly pid: number
  readonly parentPid: number
  /** Differs between two processes that had the same pid one after the other. */
  readonly startedAt: string
  readonly name: string
  readonly threads: number
  readonly rssBytes: number
  /** The highest resident memory it ever had, as the kernel kept it. */
  readonly peakRssBytes: number
  /** CPU time of its own. */
  readonly cpuSeconds: number
  /** CPU time of those children that ended and that it waited for, and of theirs. */
  readonly childrenCpuSeconds: number
}

/** All processes of the command that are alive. */
export interface TreeReading {
  readonly processes: readonly ProcessReading[]
  /** Resident memory of all of them, pages that they share counted once as far as that is known. */
  readonly residentBytes: number
}

/** Where the processes of a command are looked up: `/proc` on Linux, `ps` elsewhere. */
export interface ProcessSource {
  /** The name of the source, for people. */
  readonly name: string
  /** A shorter interval is not worth its cost. */
  readonly minIntervalMs: number
  /**
   * Reads process `rootPid` and its descendants, at once. Does not reject because a process ends. A call with 0 before
   * the command starts records which processes there are already.
   */
  read(rootPid: number): Promise<TreeReading>
  /** The command line of a process, for tables; its name where there is none to be had. */
  commandOf(process: ProcessReading): string
}
