import type { ProcessReading } from '../../../functions/local/monitor/process-source.ts'

/** A process with what a test cares about, and the plainest of the rest. */
export function processOf(given: Partial<ProcessReading> = {}): ProcessReading {
  const rssBytes = given.rssBytes ?? 0
  return {
    pid: 100,
    parentPid: 1,
    startedAt: '7',
    name: 'node',
    threads: 1,
    rssBytes,
    peakRssBytes: rssBytes,
    cpuSeconds: 0,
    childrenCpuSeconds: 0,
    ...given,
  }
}
