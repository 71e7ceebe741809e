import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readIdentity, readProcess } from '../../../functions/local/monitor/proc-files.ts'
import { createProcSource } from '../../../functions/local/monitor/proc-source.ts'

const KIB = 1024
const MIB = 1024 * KIB

interface Fake {
  readonly parent: number
  readonly startedAt?: number
  readonly name?: string
  readonly environ?: string
  readonly anonKib?: number
  readonly fileKib?: number
  readonly peakKib?: number
  /** Of the anonymous pages, how much is this process's part; all of it by default. */
  readonly pssAnonKib?: number
  readonly pssFileKib?: number
  readonly flags?: number
  readonly cpuTicks?: readonly [number, number, number, number]
}

/** A `/proc` that the test changes as it goes. */
function fakeProc() {
  const table = new Map<number, Fake>()
  let lastPid = 0
  const reads: string[] = []
  const read = (path: string) => {
    reads.push(path)
    if (path === '/proc/loadavg') return `0.1 0.2 0.3 1/99 ${lastPid}\n`
    const [, , pid, file] = path.split('/')
    const fake = table.get(Number(pid))
    return fake && FILES[file!]?.(Number(pid), fake)
  }
  const put = (pid: number, fake: Fake) => {
    table.set(pid, fake)
    lastPid += 1
  }
  return { table, put, read, reads, pids: () => [...table.keys()] }
}

const FILES: Record<string, (pid: number, fake: Fake) => string> = {
  stat: (pid, { name = 'node', parent, startedAt = 1, flags = 0, cpuTicks = [0, 0, 0, 0] }) =>
    `${pid} (${name}) S ${parent} 1 1 0 -1 ${flags} 0 0 0 0 ${cpuTicks.join(' ')} 20 0 1 0 ${startedAt} 0 0\n`,
  status: (_, { anonKib = 100, fileKib = 0, peakKib = 0 }) =>
    `Name:\tx\nVmSize:\t 900 kB\nVmHWM:\t ${Math.max(peakKib, anonKib + fileKib)} kB\nVmRSS:\t ${anonKib + fileKib} kB\n` +
    `RssAnon:\t ${anonKib} kB\nRssFile:\t ${fileKib} kB\nRssShmem:\t 0 kB\nVmData:\t ${anonKib} kB\nThreads:\t3\n`,
  smaps_rollup: (_, { anonKib = 100, pssAnonKib = anonKib, pssFileKib = 0 }) =>
    `55d4-7ffc ---p 00000000 00:00 0 [rollup]\nRss: 1 kB\nPss_Anon: ${pssAnonKib} kB\nPss_File: ${pssFileKib} kB\n` +
    `Pss_Shmem: 0 kB\nAnonymous: ${anonKib} kB\n`,
  environ: (_, { environ = '' }) => environ,
  cmdline: (_, { name = 'node' }) => `/usr/bin/${name}\0-e\0x y\0`,
}

const MARK = 'MARK=1'

function sourceOf(proc: ReturnType<typeof fakeProc>) {
  let nowMs = 0
  const source = createProcSource({ mark: MARK, read: proc.read, pids: proc.pids, nowMs: () => (nowMs += 0.01) })
  return { source, pidsOf: async (root: number) => (await source.read(root)).processes.map(({ pid }) => pid) }
}

describe('createProcSource', () => {
  it('finds the command and all its descendants, and no other process', async () => {
    const proc = fakeProc()
    proc.put(1, { parent: 0 })
    proc.put(50, { parent: 1 })
    const { source, pidsOf } = sourceOf(proc)
    await source.read(0)
    proc.put(100, { parent: 50 })
    proc.put(101, { parent: 100 })
    proc.put(102, { parent: 101 })
    proc.put(103, { parent: 50 })
    assert.deepEqual(await pidsOf(100), [100, 101, 102])
    proc.put(104, { parent: 102 })
    proc.put(105, { parent: 103 })
    assert.deepEqual(await pidsOf(100), [100, 101, 102, 104])
  })

  it('keeps a process that another one adopts, and finds one whose parent was never seen, by its mark', async () => {
    const proc = fakeProc()
    proc.put(1, { parent: 0 })
    proc.put(100, { parent: 50 })
    proc.put(101, { parent: 100 })
    const { pidsOf } = sourceOf(proc)
    assert.deepEqual(await pidsOf(100), [100, 101])
    proc.table.set(101, { parent: 1 })
    proc.put(200, { parent: 1, environ: `A=b\0${MARK}\0` })
    proc.put(201, { parent: 1, environ: `A=${MARK}\0${MARK}2\0` })
    assert.deepEqual(await pidsOf(100), [100, 101, 200])
    proc.table.delete(100)
    assert.deepEqual(await pidsOf(100), [101, 200])
  })

  it('treats the same pid with another start time as another process', async () => {
    const proc = fakeProc()
    proc.put(100, { parent: 50 })
    proc.put(101, { parent: 100, startedAt: 5 })
    proc.put(60, { parent: 1, startedAt: 5 })
    const { pidsOf } = sourceOf(proc)
    assert.deepEqual(await pidsOf(100), [100, 101])
    proc.put(101, { parent: 1, startedAt: 9 })
    proc.put(60, { parent: 100, startedAt: 9 })
    await pidsOf(100)
    assert.deepEqual((await pidsOf(100)).sort(), [100, 60])
  })

  it('looks through the whole of /proc only when something was started', async () => {
    const proc = fakeProc()
    proc.put(100, { parent: 50 })
    for (let pid = 1000; pid < 1200; pid++) proc.put(pid, { parent: 1 })
    const { pidsOf } = sourceOf(proc)
    await pidsOf(100)
    proc.reads.length = 0
    await pidsOf(100)
    assert.deepEqual(proc.reads, ['/proc/loadavg', '/proc/100/stat', '/proc/100/status'])
  })

  it('leaves out processes that are ending, or vanish between two files', async () => {
    const proc = fakeProc()
    proc.put(100, { parent: 50, flags: 0x400004 })
    proc.put(101, { parent: 100 })
    const read = (path: string) => (path === '/proc/101/status' ? undefined : proc.read(path))
    const source = createProcSource({ mark: MARK, read, pids: proc.pids })
    assert.deepEqual((await source.read(100)).processes, [])
  })

  describe('adding up memory', () => {
    const sum = async (fakes: Record<number, Fake>) => {
      const proc = fakeProc()
      for (const [pid, fake] of Object.entries(fakes)) proc.put(Number(pid), fake)
      return (await sourceOf(proc).source.read(100)).residentBytes / KIB
    }

    it('counts the resident memory of a single process', async () => {
      assert.equal(await sum({ 100: { parent: 50, anonKib: 500, fileKib: 300, pssFileKib: 10 } }), 800)
    })

    it('counts the pages of one program once, those of several as far as they are parts of their own', async () => {
      const same = { anonKib: 100, fileKib: 300, pssFileKib: 75 }
      assert.equal(await sum({ 100: { parent: 50, ...same }, 101: { parent: 100, ...same, anonKib: 110 } }), 510)
      const other = { anonKib: 100, fileKib: 250, pssFileKib: 240 }
      assert.equal(await sum({ 100: { parent: 50, ...same }, 101: { parent: 100, ...other } }), 200 + 315)
    })

    it('counts once what a fork still shares with its parent', async () => {
      const forked = { anonKib: 1000, pssAnonKib: 500 }
      assert.equal(await sum({ 100: { parent: 50, ...forked }, 101: { parent: 100, ...forked } }), 1000)
    })

    it('does not count a child that runs in its parent’s memory (vfork)', async () => {
      assert.equal(await sum({ 100: { parent: 50, anonKib: 5000 }, 101: { parent: 100, anonKib: 5000 } }), 5000)
    })
  })
})

describe('readIdentity and readProcess', () => {
  it('read a name with brackets and blanks in it', () => {
    const proc = fakeProc()
    proc.put(7, { parent: 3, name: 'a) b (c', startedAt: 77, cpuTicks: [150, 50, 30, 20], peakKib: 4096 })
    const identity = readIdentity(7, proc.read)!
    assert.deepEqual([identity.name, identity.parentPid, identity.startedAt], ['a) b (c', 3, '77'])
    const reading = readProcess(identity, proc.read)!
    assert.deepEqual([reading.cpuSeconds, reading.childrenCpuSeconds, reading.threads], [2, 0.5, 3])
    assert.deepEqual([reading.rssBytes, reading.peakRssBytes], [100 * KIB, 4 * MIB])
  })

  it('return undefined for a process that is gone', () => {
    assert.equal(readIdentity(2 ** 22 + 1), undefined)
  })

  it('see a real child as it is', async function () {
    if (process.platform !== 'linux') this.skip()
    const child = spawn(process.execPath, [
      '-e',
      'const kept = Buffer.alloc(48 << 20, 1); console.log(kept.length); setInterval(() => {}, 1e6)',
    ])
    try {
      await once(child.stdout, 'data')
      const identity = readIdentity(child.pid!)!
      assert.equal(identity.parentPid, process.pid)
      const reading = readProcess(identity)!
      assert.ok(reading.rssBytes > 48 * MIB && reading.rssBytes < 300 * MIB)
      assert.ok(reading.peakRssBytes >= reading.rssBytes)
      assert.ok(reading.sharedBytes > MIB && reading.sharedBytes < reading.rssBytes)
    } finally {
      child.kill()
      await once(child, 'exit')
    }
  })
})
