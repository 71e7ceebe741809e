import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, unlink, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { lockFolder } from '../../../functions/storage/folder/folder-lock.ts'

/** Lives until it is killed. Its name has what separates the fields of /proc/PID/stat. */
const LIVES = "process.title = 'a) b c'; console.log('ready'); setInterval(() => {}, 1e9)"

/** When a process started, as its lock says it: empty where there is no /proc. */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')
  return /^.*\) (?:\S+ ){19}(\d+) /s.exec(stat)?.[1] ?? ''
}

describe('lockFolder: who holds a folder', () => {
  let hidden: string
  let other: ChildProcess | undefined

  beforeEach(async () => {
    hidden = await mkdtemp(join(tmpdir(), 'lock-holders-'))
  })
  afterEach(async () => {
    other?.kill('SIGKILL')
    other = undefined
    await rm(hidden, { recursive: true })
  })

  const lock = (number: number) => join(hidden, `lock.${number}`)
  const holder = (pid: number, started: string) => JSON.stringify({ pid, host: hostname(), started })

  async function livingProcess(): Promise<number> {
    other = spawn(process.execPath, ['-e', LIVES], { stdio: ['ignore', 'pipe', 'ignore'] })
    await once(other.stdout!, 'data')
    return other.pid!
  }

  it('is another process that runs since the time in its lock', async () => {
    const pid = await livingProcess()
    await writeFile(lock(1), holder(pid, await startOf(pid)))
    await assert.rejects(lockFolder(hidden), ({ code, message }: NodeJS.ErrnoException) => {
      assert.equal(code, 'IN_USE')
      assert.ok(message.endsWith(` is in use by process ${pid} on ${hostname()}`), message)
      return true
    })
    await writeFile(lock(1), holder(pid, '1'))
    await (await lockFolder(hidden))()
  })

  it('is this process, with its own start in the lock', async () => {
    const giveBack = await lockFolder(hidden)
    const written = JSON.parse(await readFile(lock(1), 'utf8'))
    assert.deepEqual(written, { pid: process.pid, host: hostname(), started: await startOf(process.pid) })
    await giveBack()
  })

  it('is no process that has ended, also where its start is not known', async () => {
    const pid = await livingProcess()
    const ended = once(other!, 'exit')
    other!.kill('SIGKILL')
    await ended
    await writeFile(lock(1), holder(pid, ''))
    await (await lockFolder(hidden))()
  })

  it('is told by files named lock.N alone, of any number of digits', async () => {
    const alive = holder(process.pid, await startOf(process.pid))
    const others = ['block.9', 'lock.0', 'lock.7.bak', 'lock.x', 'uploads']
    for (const name of others) await writeFile(join(hidden, name), alive)
    const giveBack = await lockFolder(hidden)
    assert.deepEqual((await readdir(hidden)).sort(), [...others, 'lock.1'].sort())
    await giveBack()
    await writeFile(lock(12), holder(process.pid, '1'))
    const next = await lockFolder(hidden)
    assert.deepEqual((await readdir(hidden)).sort(), [...others, 'lock.13'].sort())
    await next()
  })

  it('is one of many that come at once; the others are told so', async () => {
    await writeFile(lock(1), holder(process.pid, '1'))
    const settled = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(hidden)))
    const codes = settled.map(one => (one.status === 'fulfilled' ? 'taken' : one.reason.code))
    assert.deepEqual(codes.sort(), [...Array(7).fill('IN_USE'), 'taken'])
  })

  it('is not guessed where a lock cannot be read', async () => {
    await mkdir(lock(1))
    await assert.rejects(lockFolder(hidden), { code: 'EISDIR' })
    assert.deepEqual(await readdir(hidden), ['lock.1'])
  })

  it('gives back a lock that is gone already, and fails where it cannot be removed', async () => {
    const giveBack = await lockFolder(hidden)
    await unlink(lock(1))
    await giveBack()
    await mkdir(lock(1))
    await assert.rejects(giveBack(), ({ code }: NodeJS.ErrnoException) => code === 'EISDIR' || code === 'EPERM')
  })
})
