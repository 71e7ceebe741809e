import { randomUUID } from 'node:crypto'
import { readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const ASIDE = '.aside'
/** A file aside that is older was left by a process that was killed. */
const ASIDE_MS = 3_600_000

/** Writes a file of this user alone, aside and then renamed: another process sees all of it or what was there before. */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const aside = `${path}.${randomUUID()}${ASIDE}`
  try {
    await writeFile(aside, content, { mode: 0o600 })
    await rename(aside, path)
  } catch (error) {
    await rm(aside, { force: true }).catch(() => {})
    throw error
  }
}

/** Removes what killed processes left in a folder. */
export async function removeOldAsides(folder: string, nowMs: number): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith(ASIDE)) continue
    const path = join(folder, name)
    // Another process may have finished with it meanwhile.
    const found = await stat(path).catch(() => undefined)
    if (found && nowMs - found.mtimeMs > ASIDE_MS) await rm(path, { force: true })
  }
}

export interface CacheFilesOptions {
  readonly folder: string
  /** Milliseconds since 1970 UTC. */
  readonly nowMs: () => number
  readonly warn: (line: string) => void
  readonly maxBytes?: number
}

/** Warns of each subject once. */
export function warnerOnce(warn: (line: string) => void): (about: string, line: string) => void {
  const warned = new Set<string>()
  return (about, line) => {
    if (!warned.has(about)) warn(line)
    warned.add(about)
  }
}

export function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
