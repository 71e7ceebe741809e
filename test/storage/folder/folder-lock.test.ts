import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:fs'
import { type FileHandle, mkdir, mkdtemp, open, readdir, readFile, rm, unlink, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { lockFolder } from '../../../functions/storage/folder/folder-lock.ts'

describe('lockFolder', () => {
  let folder: string
  let hidden: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'folder-lock-'))
    hidden = join(folder, '.tick-handler')
    await mkdir(hidden)
  })
  afterEach(() => rm(folder, { recursive: true }))

  const lock = (number: number) => join(hidden, `lock.${number}`)
  const inUse = (pid: number) => ({ code: 'IN_USE', message: new RegExp(`^${folder} is in use by process ${pid} on `) })

  /** The lock of a process that has ended. */
  async function deadHolder(): Promise<string> {
    const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
    await once(child, 'exit')
    return JSON.stringify({ pid: child.pid, host: hostname(), started: '1' })
  }

  /** Opens a pipe to write into, once somebody reads it. To open it in a way that waits could block this process for ever. */
  async function openPipe(path: string): Promise<FileHandle> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const pipe = await open(path, constants.O_WRONLY | constants.O_NONBLOCK).catch(ifNobodyReads)
      if (pipe) return pipe
    }
    return assert.fail(`no process reads ${path} after ${MAX_ATTEMPTS} attempts to write into it`)
  }

  it('refuses a folder that is held, and leaves nothing of itself', async () => {
    const giveBack = await lockFolder(hidden)
    await assert.rejects(lockFolder(hidden), inUse(process.pid))
    assert.deepEqual(await readdir(hidden), ['lock.1'])
    await giveBack()
    assert.deepEqual(await readdir(hidden), [])
    await (await lockFolder(hidden))()
  })

  it('takes over the lock of a dead process and removes it', async () => {
    await writeFile(lock(3), await deadHolder())
    const giveBack = await lockFolder(hidden)
    assert.deepEqual(await readdir(hidden), ['lock.4'])
    await giveBack()
  })

  it('takes over a lock whose pid belongs to another process by now', async () => {
    await writeFile(lock(1), JSON.stringify({ pid: process.pid, host: hostname(), started: '1' }))
    await (await lockFolder(hidden))()
  })

  it('takes over a lock that a power failure left empty', async () => {
    await writeFile(lock(1), '')
    await (await lockFolder(hidden))()
  })

  it('believes the lock of another machine, and says how to remove it', async () => {
    await writeFile(lock(1), JSON.stringify({ pid: 1, host: 'elsewhere', started: '1' }))
    const message = new RegExp(`process 1 on elsewhere; if nothing runs on elsewhere any more, remove ${lock(1)}`)
    await assert.rejects(lockFolder(hidden), { message })
    assert.deepEqual(await readdir(hidden), ['lock.1'])
  })

  it('gives a folder with a dead lock to one of many that come at once', async () => {
    await writeFile(lock(1), await deadHolder())
    const settled = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(hidden)))
    const taken = settled.filter(one => one.status === 'fulfilled')
    assert.equal(taken.length, 1)
    await taken[0]!.value()
  })

  it('looks a second time: a holder that began between its first look and its own lock is seen', async () => {
    // The first look reads a lock from a pipe, so it waits there until this test writes the dead holder into it.
    execFileSync('mkfifo', [lock(1)])
    const late = lockFolder(hidden)
    const pipe = await openPipe(lock(1))
    // Meanwhile the old lock goes, and another holder begins again at the first number. The late one will take the second.
    await unlink(lock(1))
    const giveBack = await lockFolder(hidden)
    await pipe.writeFile(await deadHolder())
    await pipe.close()
    await assert.rejects(late, inUse(process.pid))
    assert.deepEqual(await readdir(hidden), ['lock.1'])
    assert.equal(JSON.parse(await readFile(lock(1), 'utf8')).pid, process.pid)
    await giveBack()
  })

  it('begins again where another process took its lock for a dead one before it was written', async () => {
    execFileSync('mkfifo', [lock(1)])
    const late = lockFolder(hidden)
    const first = await openPipe(lock(1))
    execFileSync('mkfifo', [lock(3)])
    await unlink(lock(1))
    await first.writeFile(await deadHolder())
    await first.close()
    // The second look waits at the third lock, and the lock in between is removed.
    const second = await openPipe(lock(3))
    await unlink(lock(3))
    await unlink(lock(2))
    await second.writeFile(await deadHolder())
    await second.close()
    const giveBack = await late
    await assert.rejects(lockFolder(hidden), inUse(process.pid))
    await giveBack()
  })
})

const MAX_ATTEMPTS = 100_000

function ifNobodyReads(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENXIO') throw error
}
