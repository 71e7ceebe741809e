import { readFileSync } from 'node:fs'
import { link, readdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { errorCode } from './api-error.ts'

/** Who holds a folder. `started` tells a process from a later one with its pid. */
interface Holder {
  readonly pid: number
  readonly host: string
  readonly started: string
}

/**
 * Takes `folder` for this process alone. Locks are numbered files, `lock.1`, `lock.2` …: one whose process is dead counts
 * for nothing and is taken over by making the next number, which only one process can. A killed process thus leaves
 * nothing that has to be cleared away by hand.
 *
 * @returns how to give it back.
 * @throws Error naming the process that has the folder.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const self: Holder = { pid: process.pid, host: hostname(), started: startOf(process.pid) }
  const draft = join(folder, `lock-draft.${process.pid}.${process.hrtime.bigint()}`)
  await writeFile(draft, JSON.stringify(self))
  try {
    for (;;) {
      const others = await lockNumbers(folder)
      for (const other of others) await refuseIfHeld(folder, other)
      const own = Math.max(0, ...others) + 1
      if (await make(draft, lockPath(folder, own))) return await settleIn(folder, own)
    }
  } finally {
    await remove(draft)
  }
}

/** Looks again, now that everybody sees our lock: whoever came another way either sees it or is seen here. */
async function settleIn(folder: string, own: number): Promise<() => Promise<void>> {
  const giveBack = () => remove(lockPath(folder, own))
  try {
    const others = (await lockNumbers(folder)).filter(number => number !== own)
    for (const other of others) await refuseIfHeld(folder, other)
    for (const other of others) await remove(lockPath(folder, other))
  } catch (error) {
    await giveBack()
    throw error
  }
  return giveBack
}

const lockPath = (folder: string, number: number): string => join(folder, `lock.${number}`)

async function lockNumbers(folder: string): Promise<number[]> {
  return (await readdir(folder)).map(name => Number(/^lock\.(\d+)$/.exec(name)?.[1] ?? 0)).filter(number => number > 0)
}

/** A hard link makes the file with its content in one step, and only if it is not there. */
async function make(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}

async function refuseIfHeld(folder: string, number: number): Promise<void> {
  const path = lockPath(folder, number)
  const holder = await readHolder(path)
  if (!holder) return
  const elsewhere = holder.host !== hostname()
  if (!elsewhere && !isRunning(holder)) return
  const hint = elsewhere ? `; if nothing runs on ${holder.host} any more, remove ${path}` : ''
  throw new Error(`${folder} is in use by process ${holder.pid} on ${holder.host}${hint}`)
}

/** Undefined for a lock that has just gone, or is no lock of ours. */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
}

function isRunning({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false
  }
  return startOf(pid) === started
}

/** When a process started, in clock ticks since boot: field 22 of proc_pid_stat(5); empty where there is no /proc. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

async function remove(path: string): Promise<void> {
  await unlink(path).catch(error => {
    if (errorCode(error) !== 'ENOENT') throw error
  })
}
