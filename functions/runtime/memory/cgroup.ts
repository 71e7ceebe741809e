import { readFileSync } from 'node:fs'

/** Reads a small text file; undefined if it is not there or may not be read. */
export type ReadText = (path: string) => string | undefined

export const readText: ReadText = path => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** The memory cgroups of a process, as the kernel reports them. Undefined where it reports nothing. */
export interface ContainerMemory {
  /** The lowest limit from the process's own cgroup up to the root; undefined if there is none. */
  readonly limitBytes: number | undefined
  /** What is charged to the cgroup that has that limit, or to the process's own; page cache included. */
  readonly currentBytes: number | undefined
}

/** Where a cgroup hierarchy with a memory controller is mounted, and the files that it has. */
interface Hierarchy {
  readonly mount: string
  /** Folders below the mount, from the process's own cgroup up to the mount itself (`''`). */
  readonly folders: readonly string[]
  readonly limitFile: string
  readonly currentFile: string
}

/** Version 1 writes "no limit" as the highest multiple of the page size; no machine has that much. */
const NO_LIMIT_FROM_BYTES = 2 ** 60

/**
 * The memory limit of the container that process `pid` runs in: cgroup v2 (`memory.max`) or v1
 * (`memory.limit_in_bytes`), each level up to the root, since a limit may be set anywhere above.
 * Never throws: without cgroups, or off Linux, both fields are undefined.
 * See https://docs.kernel.org/admin-guide/cgroup-v2.html and https://docs.kernel.org/admin-guide/cgroup-v1/memory.html
 */
export function containerMemory(read: ReadText = readText, pid: number | 'self' = 'self'): ContainerMemory {
  return memoryIn(hierarchies(read, pid), read)
}

let own: readonly Hierarchy[] | undefined

/** The same for this process. The place of its cgroup is looked up once, so that calls in a row are cheap. */
export function ownContainerMemory(): ContainerMemory {
  own ??= hierarchies(readText, 'self')
  return memoryIn(own, readText)
}

function memoryIn(hierarchies: readonly Hierarchy[], read: ReadText): ContainerMemory {
  let found: ContainerMemory = { limitBytes: undefined, currentBytes: undefined }
  for (const hierarchy of hierarchies) {
    const { mount, folders, limitFile, currentFile } = hierarchy
    for (const folder of folders) {
      const limitBytes = bytesIn(read(`${mount}${folder}/${limitFile}`))
      const currentBytes = bytesIn(read(`${mount}${folder}/${currentFile}`))
      const tighter = limitBytes !== undefined && limitBytes < (found.limitBytes ?? Infinity)
      if (tighter) found = { limitBytes, currentBytes }
      else if (found.currentBytes === undefined) found = { ...found, currentBytes }
    }
  }
  return found
}

function bytesIn(text: string | undefined): number | undefined {
  const digits = text?.trim() ?? ''
  if (!/^\d+$/.test(digits)) return undefined
  const bytes = Number(digits)
  return bytes < NO_LIMIT_FROM_BYTES ? bytes : undefined
}

function hierarchies(read: ReadText, pid: number | 'self'): Hierarchy[] {
  const paths = cgroupPaths(read(`/proc/${pid}/cgroup`) ?? '')
  const found: Hierarchy[] = []
  for (const line of (read('/proc/self/mountinfo') ?? '').split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    const [, , , root = '', mount = ''] = before.split(' ')
    const [type, , options = ''] = after.split(' ')
    if (type === 'cgroup2' && paths.unified !== undefined) {
      const folders = foldersUp(paths.unified, root)
      found.push({ mount, folders, limitFile: 'memory.max', currentFile: 'memory.current' })
    } else if (type === 'cgroup' && options.split(',').includes('memory') && paths.memory !== undefined) {
      const folders = foldersUp(paths.memory, root)
      found.push({ mount, folders, limitFile: 'memory.limit_in_bytes', currentFile: 'memory.usage_in_bytes' })
    }
  }
  return found
}

/** Lines are `hierarchy:controllers:path`; version 2 is hierarchy 0 without controllers. */
function cgroupPaths(text: string): { unified?: string; memory?: string } {
  const paths: { unified?: string; memory?: string } = {}
  for (const line of text.split('\n')) {
    const [hierarchy, controllers, ...rest] = line.split(':')
    const path = rest.join(':')
    if (path === '') continue
    if (hierarchy === '0' && controllers === '') paths.unified = path
    else if (controllers?.split(',').includes('memory')) paths.memory = path
  }
  return paths
}

/**
 * From the process's cgroup to the root of the mount. The mount may show only a part of the hierarchy (`root`), as in a
 * container whose cgroup namespace is the host's; a path outside it leaves only the mount itself.
 */
function foldersUp(path: string, root: string): string[] {
  const base = root === '/' ? '' : root
  const inside = path === base || path.startsWith(`${base}/`) ? path.slice(base.length) : ''
  const parts = inside.split('/').filter(part => part !== '' && part !== '..')
  return Array.from({ length: parts.length + 1 }, (_, up) => {
    const kept = parts.slice(0, parts.length - up)
    return kept.length === 0 ? '' : `/${kept.join('/')}`
  })
}
