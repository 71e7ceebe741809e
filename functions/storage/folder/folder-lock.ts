import { readFileSync } from 'node:fs'
import { readdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { errorCode, FolderError } from './folder-error.ts'

/** Who holds a folder. `started` tells a process from a later one with the same pid. */
interface Holder {
  readonly pid: number
  readonly host: string
  readonly started: string
}

/**
 * Takes the folder above `hidden` for this process alone. Locks are numbered files in `hidden`: `lock.1`, `lock.2` and so
 * on. The lock of a dead process counts for nothing. It is taken over by making the next number, which only one process
 * can. So a killed process leaves nothing that a person has to remove.
 *
 * @returns how to give the folder back.
 * @throws FolderError IN_USE naming the process that has the folder.
 */
export async function lockFolder(hidden: string): Promise<() => Promise<void>> {
  const holder: Holder = { pid: process.pid, host: hostname(), started: startOf(process.pid) }
  const text = JSON.stringify(holder)
  for (;;) {
    const others = await lockNumbers(hidden)
    for (const other of others) await refuseIfHeld(hidden, other)
    const own = Math.max(0, ...others) + 1
    if ((await make(lockPath(hidden, own), text)) && (await checkAgain(hidden, own, text))) {
      return () => remove(lockPath(hidden, own))
    }
  }
}

/**
 * Looks for other locks once more, now that ours is written. A process may have come and gone since the first look, and
 * another one may have begun again with a lower number: it sees our lock, or we see its lock here.
 *
 * @returns false where another process saw our lock before it was written, took it for a dead one, and has removed it.
 */
async function checkAgain(hidden: string, own: number, text: string): Promise<boolean> {
  const others = (await lockNumbers(hidden)).filter(number => number !== own)
  try {
    for (const other of others) await refuseIfHeld(hidden, other)
  } catch (error) {
    await remove(lockPath(hidden, own))
    throw error
  }
  if ((await readLock(lockPath(hidden, own))) !== text) return false
  for (const other of others) await remove(lockPath(hidden, other))
  return true
}

const lockPath = (hidden: string, number: number): string => join(hidden, `lock.${number}`)

async function lockNumbers(hidden: string): Promise<number[]> {
  return (await readdir(hidden)).map(name => Number(/^lock\.(\d+)$/.exec(name)?.[1] ?? 0)).filter(number => number > 0)
}

/** @returns false where the file is there already. */
async function make(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' })
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}

async function refuseIfHeld(hidden: string, number: number): Promise<void> {
  const path = lockPath(hidden, number)
  const holder = await readHolder(path)
  if (!holder) return
  const isElsewhere = holder.host !== hostname()
  if (!isElsewhere && !isRunning(holder)) return
  const hint = isElsewhere ? `; if nothing runs on ${holder.host} any more, remove ${path}` : ''
  throw new FolderError('IN_USE', `${dirname(hidden)} is in use by process ${holder.pid} on ${holder.host}${hint}`)
}

/** Undefined for a lock that has just gone, that is not written yet, or that is none of ours. */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse((await readLock(path)) ?? '') as Holder
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

async function readLock(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(error => {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  })
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
