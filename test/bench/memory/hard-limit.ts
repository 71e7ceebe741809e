import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A memory cgroup that kills what goes over it. */
export interface HardLimit {
  /** Which kind of cgroup it is. */
  readonly kind: 'cgroup v1' | 'cgroup v2'
  /** A command line that runs this one inside it. */
  wrap(command: string, args: readonly string[]): [string, string[]]
  /** The most that was charged to it: memory, page cache and the kernel's buffers. */
  peakBytes(): number
  /** How often something in it was killed for memory. */
  kills(): number
  /** Once nothing runs in it any more. */
  remove(): void
}

interface Files {
  readonly limit: string
  readonly swap: string
  /** Version 1 counts memory and swap together, version 2 swap alone. */
  readonly swapValue: (limitBytes: number) => string
  readonly peak: string
  readonly events: string
}

const V1: Files = {
  limit: 'memory.limit_in_bytes',
  swap: 'memory.memsw.limit_in_bytes',
  swapValue: String,
  peak: 'memory.max_usage_in_bytes',
  events: 'memory.oom_control',
}
const V2: Files = {
  limit: 'memory.max',
  swap: 'memory.swap.max',
  swapValue: () => '0',
  peak: 'memory.peak',
  events: 'memory.events',
}

/**
 * Makes a memory cgroup below that of this process, or as near above it as one may be made. Needs root, or a folder that
 * was delegated. https://docs.kernel.org/admin-guide/cgroup-v2.html, https://docs.kernel.org/admin-guide/cgroup-v1/memory.html
 * @returns what went wrong where none can be made
 */
export function makeHardLimit(limitBytes: number): HardLimit | string {
  const refusals: string[] = []
  for (const { kind, files, folder } of candidates()) {
    const path = join(folder, `tick-handler-bench-${process.pid}-${Date.now()}`)
    try {
      mkdirSync(path)
    } catch (error) {
      refusals.push(reason(error))
      continue
    }
    try {
      writeFileSync(join(path, files.limit), String(limitBytes))
      tryWrite(join(path, files.swap), files.swapValue(limitBytes))
      return limitIn(path, kind, files)
    } catch (error) {
      refusals.push(reason(error))
      rmdirSync(path)
    }
  }
  return refusals[0] ?? 'there is no memory cgroup here'
}

function limitIn(path: string, kind: HardLimit['kind'], files: Files): HardLimit {
  return {
    kind,
    // The shell puts itself there and becomes the command, which so keeps the process id.
    wrap: (command, args) => ['sh', ['-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', path, command, ...args]],
    peakBytes: () => Number(readFileSync(join(path, files.peak), 'utf8')),
    kills: () => Number(/^oom_kill (\d+)$/m.exec(readFileSync(join(path, files.events), 'utf8'))?.[1] ?? 0),
    remove: () => rmdirSync(path),
  }
}

function* candidates(): Generator<{ kind: HardLimit['kind']; files: Files; folder: string }> {
  const own = readFileSync('/proc/self/cgroup', 'utf8')
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    const mount = before.split(' ')[4] ?? ''
    const [type, , options = ''] = after.split(' ')
    const isV1 = type === 'cgroup' && options.split(',').includes('memory')
    if (!isV1 && type !== 'cgroup2') continue
    const path = (isV1 ? /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m : /^0::(.*)$/m).exec(own)?.[1]
    for (let at = path ?? '/'; ; at = join(at, '..')) {
      yield { kind: isV1 ? 'cgroup v1' : 'cgroup v2', files: isV1 ? V1 : V2, folder: join(mount, at) }
      if (at === '/') break
    }
  }
}

/** Swap cannot be limited where the kernel does not count it; then there is mostly none. */
function tryWrite(path: string, value: string): void {
  try {
    writeFileSync(path, value)
  } catch {}
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
