import { closeSync, openSync, writeSync } from 'node:fs'
import type { TreeSample } from './recorder.ts'

const COLUMNS = [
  'seconds',
  'memory_bytes',
  'rss_sum_bytes',
  'processes',
  'threads',
  'cpu_seconds',
  'cpu_cores',
  'system_free_bytes',
]

const LINES_AT_ONCE = 50

export interface SampleFile {
  add(sample: TreeSample): void
  /** Writes the buffered lines. Safe to call twice. */
  close(): void
}

/**
 * Writes every sample as a line of CSV, a few lines at a time: memory is bounded, and a killed run loses little.
 * Replaces the file.
 * @throws the file system's error if the file cannot be written
 */
export function createSampleFile(path: string): SampleFile {
  const file = openSync(path, 'w')
  let lines = [COLUMNS.join(',')]
  let open = true
  const flush = () => {
    writeSync(file, `${lines.join('\n')}\n`)
    lines = []
  }
  flush()
  return {
    add(sample) {
      if (!open) return
      lines.push(lineOf(sample))
      if (lines.length >= LINES_AT_ONCE) flush()
    },
    close() {
      if (!open) return
      open = false
      if (lines.length > 0) flush()
      closeSync(file)
    },
  }
}

function lineOf(sample: TreeSample): string {
  const { atSeconds, residentBytes, rssSumBytes, processes, threads, cpuSeconds, cpuCores, systemFreeBytes } = sample
  const times = [cpuSeconds.toFixed(2), cpuCores.toFixed(3)]
  return [
    atSeconds.toFixed(3),
    Math.round(residentBytes),
    rssSumBytes,
    processes,
    threads,
    ...times,
    systemFreeBytes,
  ].join(',')
}
