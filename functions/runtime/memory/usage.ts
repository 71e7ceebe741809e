import { freemem } from 'node:os'
import type { Clock } from '../deadline.ts'
import { type ContainerMemory, ownContainerMemory, type ReadText, readText } from './cgroup.ts'

/** One look at the memory of this process and of what it runs in, in bytes. */
export interface MemoryUsage {
  /** Resident memory of the whole process: heap, buffers, WebAssembly, threads, code. */
  readonly rssBytes: number
  /** The highest resident memory that the process ever had; at least `rssBytes`. */
  readonly peakRssBytes: number
  readonly heapUsedBytes: number
  readonly heapTotalBytes: number
  /** Memory that V8 holds outside its heap, the array buffers included. */
  readonly externalBytes: number
  readonly arrayBuffersBytes: number
  /** Memory that the system could still give. */
  readonly systemFreeBytes: number
  /** What the container is charged, its page cache included; undefined without a container. */
  readonly containerBytes: number | undefined
}

export interface MemoryReaders {
  readonly process?: () => NodeJS.MemoryUsage
  readonly read?: ReadText
  readonly container?: () => ContainerMemory
  readonly systemFree?: () => number
}

/** Reads all figures, in 0.1 to 0.2 ms. Holds nothing open and never throws. */
export function readMemoryUsage(readers: MemoryReaders = {}): MemoryUsage {
  const own = (readers.process ?? process.memoryUsage)()
  return {
    rssBytes: own.rss,
    peakRssBytes: Math.max(own.rss, peakOf(readers.read ?? readText)),
    heapUsedBytes: own.heapUsed,
    heapTotalBytes: own.heapTotal,
    externalBytes: own.external,
    arrayBuffersBytes: own.arrayBuffers,
    systemFreeBytes: (readers.systemFree ?? freemem)(),
    containerBytes: (readers.container ?? ownContainerMemory)().currentBytes,
  }
}

/** Resident memory alone. The cheapest exact reading that keeps no file open: 12 µs, half of reading `/proc/self/statm`. */
export function residentBytes(): number {
  return process.memoryUsage.rss()
}

/** Resident memory as it was at most 20 ms ago: what is asked for each small file need not be read each time. */
export interface RecentResident {
  bytes(): number
  /** Has the next call read it anew. */
  forget(): void
}

const MAX_RESIDENT_AGE_MS = 20

export function recentResident(clock: Pick<Clock, 'now'>, read = residentBytes): RecentResident {
  let kept: { readonly bytes: number; readonly atMs: number } | undefined
  return {
    bytes() {
      const nowMs = clock.now()
      if (!kept || nowMs - kept.atMs >= MAX_RESIDENT_AGE_MS) kept = { bytes: read(), atMs: nowMs }
      return kept.bytes
    },
    forget() {
      kept = undefined
    },
  }
}

/**
 * The peak of this process. On other systems than Linux it is what getrusage says, which is less exact: that value survives
 * exec, so a process that a large one started begins with the large one's peak.
 */
function peakOf(read: ReadText): number {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(read('/proc/self/status') ?? '')?.[1]
  return (kib === undefined ? process.resourceUsage().maxRSS : Number(kib)) * 1024
}
