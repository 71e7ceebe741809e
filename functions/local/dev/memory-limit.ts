import { readFile } from 'node:fs/promises'
import type { Child } from './child.ts'

const EVERY_MS = 500

/**
 * Kills a process that uses more than its memory, as a container's limit does. Memory that the system can take back,
 * such as the mapped program, does not count, because a container is not killed for it. Linux only; elsewhere nothing
 * is watched.
 */
export function watchMemory(
  child: Pick<Child, 'pid' | 'ended'>,
  limitMb: number,
  onKill: (usedMb: number) => void,
): void {
  if (process.platform !== 'linux') return
  const timer = setInterval(async () => {
    const usedMb = usedMbOf(await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => ''))
    if (usedMb <= limitMb) return
    clearInterval(timer)
    onKill(usedMb)
    process.kill(child.pid, 'SIGKILL')
  }, EVERY_MS)
  timer.unref()
  void child.ended.finally(() => clearInterval(timer))
}

/** https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
export function usedMbOf(status: string): number {
  const kb = [...status.matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB$/gm)].map(match => Number(match[1]))
  return Math.round(kb.reduce((sum, value) => sum + value, 0) / 1024)
}
