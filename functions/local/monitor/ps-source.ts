import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { ProcessReading, ProcessSource } from './process-source.ts'

const run = promisify(execFile)

/** Text as `ps -A -o pid=,ppid=,rss=,time=,lstart=,comm=` prints it. */
export type ReadPs = () => Promise<string>

const readPs: ReadPs = async () => {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,rss=,time=,lstart=,comm='], {
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
    maxBuffer: 64 * 1024 * 1024,
  })
  return stdout
}

/**
 * The command's processes from `ps`, for systems without `/proc` (macOS). `ps` reports no shared pages and no peaks, so
 * memory is the sum of the processes' resident sizes.
 */
export function createPsSource(read: ReadPs = readPs): ProcessSource {
  const ours = new Map<number, string>()
  return {
    name: 'ps',
    minIntervalMs: 500,
    read: async rootPid => {
      const all = parsePs(await read())
      const alive = new Map(all.map(reading => [reading.pid, reading.startedAt]))
      for (const [pid, startedAt] of ours) if (alive.get(pid) !== startedAt) ours.delete(pid)
      let before = -1
      while (before !== ours.size) {
        before = ours.size
        for (const { pid, parentPid, startedAt } of all) {
          if (pid === rootPid || ours.has(parentPid)) ours.set(pid, startedAt)
        }
      }
      const processes = all.filter(({ pid, rssBytes }) => ours.has(pid) && rssBytes > 0)
      return { processes, residentBytes: processes.reduce((sum, { rssBytes }) => sum + rssBytes, 0) }
    },
    commandOf: ({ name }) => name,
  }
}

/** `pid ppid rss time`, then the start as `Mon Nov 23 14:22:01 2026`, then the name, which may hold spaces. */
const LINE = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\w{3}\s+\w{3}\s+\d+\s+[\d:]+\s+\d{4})\s+(.+)$/

export function parsePs(text: string): ProcessReading[] {
  return text.split('\n').flatMap(line => {
    const [, pid, parentPid, rssKib, time, startedAt, name] = LINE.exec(line) ?? []
    if (pid === undefined) return []
    const rssBytes = Number(rssKib) * 1024
    return {
      pid: Number(pid),
      parentPid: Number(parentPid),
      startedAt: startedAt!,
      name: name!.slice(name!.lastIndexOf('/') + 1),
      threads: 1,
      rssBytes,
      peakRssBytes: rssBytes,
      cpuSeconds: secondsOf(time!),
      childrenCpuSeconds: 0,
    }
  })
}

/** `[days-][hours:]minutes:seconds[.hundredths]` */
function secondsOf(time: string): number {
  const [clock = '', days = '0'] = time.split('-').reverse()
  return clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) + Number(days) * 86_400
}
