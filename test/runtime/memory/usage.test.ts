import assert from 'node:assert/strict'
import { readMemoryUsage, recentResident, residentBytes } from '../../../functions/runtime/memory/usage.ts'

const MIB = 1048576
const NO_CONTAINER = { limitBytes: undefined, currentBytes: undefined }

describe('readMemoryUsage', () => {
  it('agrees with the cheap reading and with itself', () => {
    const held = Buffer.alloc(32 * MIB, 1)
    const usage = readMemoryUsage()
    assert.ok(Math.abs(usage.rssBytes - residentBytes()) < 16 * MIB)
    assert.ok(usage.peakRssBytes >= usage.rssBytes)
    assert.ok(usage.arrayBuffersBytes >= held.length)
    assert.ok(usage.systemFreeBytes > 0)
  })

  it('takes the peak of this program, not of the one that started it', () => {
    const read = (path: string) => (path === '/proc/self/status' ? 'VmPeak:\t 1 kB\nVmHWM:\t  2048 kB\n' : undefined)
    const own = { rss: MIB, heapUsed: 0, heapTotal: 0, external: 0, arrayBuffers: 0 }
    assert.equal(readMemoryUsage({ read, process: () => own }).peakRssBytes, 2 * MIB)
    assert.equal(readMemoryUsage({ read, process: () => ({ ...own, rss: 3 * MIB }) }).peakRssBytes, 3 * MIB)
  })

  it('reads what there is on systems without /proc', () => {
    const usage = readMemoryUsage({ read: () => undefined, container: () => NO_CONTAINER })
    assert.equal(usage.containerBytes, undefined)
    assert.ok(usage.peakRssBytes >= usage.rssBytes)
  })
})

describe('recentResident', () => {
  it('reads again after 20 ms, or when it was told to forget', () => {
    const now = { ms: 0 }
    let reads = 0
    const resident = recentResident({ now: () => now.ms }, () => (reads += 1))
    const at = (ms: number) => {
      now.ms = ms
      return resident.bytes()
    }
    assert.deepEqual([at(0), at(19), at(20), at(39), at(40)], [1, 1, 2, 2, 3])
    resident.forget()
    assert.deepEqual([at(40), at(41)], [4, 4])
  })
})
