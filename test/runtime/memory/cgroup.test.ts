import assert from 'node:assert/strict'
import { containerMemory, ownContainerMemory } from '../../../functions/runtime/memory/cgroup.ts'

const MIB = 1048576
const V1_NO_LIMIT = '9223372036854771712'
const V2_MOUNT = '30 23 0:26 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup2 rw,nsdelegate'
const V1_MOUNT = '35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory'

/** Reads from a table of files; what is not in it is not there. */
const from = (files: Record<string, string>) => (path: string) => files[path]

function v2(path: string, files: Record<string, string>, mount = V2_MOUNT) {
  return containerMemory(from({ '/proc/self/cgroup': `0::${path}\n`, '/proc/self/mountinfo': `${mount}\n`, ...files }))
}

describe('containerMemory', () => {
  it('reads version 2 where the namespace makes the container the root', () => {
    const files = { '/sys/fs/cgroup/memory.max': `${256 * MIB}\n`, '/sys/fs/cgroup/memory.current': '12345\n' }
    assert.deepEqual(v2('/', files), { limitBytes: 256 * MIB, currentBytes: 12345 })
  })

  it('takes the lowest limit on the way up', () => {
    const files = {
      '/sys/fs/cgroup/a/b/c/memory.max': 'max\n',
      '/sys/fs/cgroup/a/b/c/memory.current': '1\n',
      '/sys/fs/cgroup/a/b/memory.max': `${512 * MIB}\n`,
      '/sys/fs/cgroup/a/b/memory.current': '2\n',
      '/sys/fs/cgroup/a/memory.max': `${300 * MIB}\n`,
      '/sys/fs/cgroup/a/memory.current': '3\n',
    }
    assert.deepEqual(v2('/a/b/c', files), { limitBytes: 300 * MIB, currentBytes: 3 })
  })

  it('reads "max" and a missing file as no limit', () => {
    const files = { '/sys/fs/cgroup/a/memory.max': 'max\n', '/sys/fs/cgroup/a/memory.current': '77\n' }
    assert.deepEqual(v2('/a', files), { limitBytes: undefined, currentBytes: 77 })
  })

  it('reads version 1, whose "no limit" is a number', () => {
    const files = {
      '/proc/self/cgroup': '5:cpu,cpuacct:/\n4:memory:/docker/f00\n0::/\n',
      '/proc/self/mountinfo': `${V1_MOUNT}\n`,
      '/sys/fs/cgroup/memory/docker/f00/memory.limit_in_bytes': `${128 * MIB}\n`,
      '/sys/fs/cgroup/memory/docker/f00/memory.usage_in_bytes': '9\n',
      '/sys/fs/cgroup/memory/docker/memory.limit_in_bytes': V1_NO_LIMIT,
    }
    assert.deepEqual(containerMemory(from(files)), { limitBytes: 128 * MIB, currentBytes: 9 })
    const none = { ...files, '/sys/fs/cgroup/memory/docker/f00/memory.limit_in_bytes': V1_NO_LIMIT }
    assert.equal(containerMemory(from(none)).limitBytes, undefined)
  })

  it('finds its own folder in a mount that shows only a part of the hierarchy', () => {
    const mount = '35 31 0:32 /docker/f00 /sys/fs/cgroup ro - cgroup2 cgroup rw'
    const own = { '/sys/fs/cgroup/memory.max': String(64 * MIB) }
    assert.equal(v2('/docker/f00', own, mount).limitBytes, 64 * MIB)
    assert.equal(v2('/../elsewhere', own, mount).limitBytes, 64 * MIB)
    const below = { ...own, '/sys/fs/cgroup/worker/memory.max': String(32 * MIB) }
    assert.equal(v2('/docker/f00/worker', below, mount).limitBytes, 32 * MIB)
  })

  it('is not confused by both versions mounted at once, nor by a colon in a path', () => {
    const files = {
      '/proc/self/cgroup': '4:memory:/a:b\n0::/c\n',
      '/proc/self/mountinfo': `${V1_MOUNT}\n41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n`,
      '/sys/fs/cgroup/memory/a:b/memory.limit_in_bytes': String(96 * MIB),
      '/sys/fs/cgroup/unified/c/memory.max': 'max',
    }
    assert.equal(containerMemory(from(files)).limitBytes, 96 * MIB)
  })

  it('returns undefined without cgroups, and throws at no input', () => {
    assert.deepEqual(containerMemory(from({})), { limitBytes: undefined, currentBytes: undefined })
    const nonsense = { '/proc/self/cgroup': '\n::\nx', '/proc/self/mountinfo': 'a b - \n - \n' }
    assert.deepEqual(containerMemory(from(nonsense)), { limitBytes: undefined, currentBytes: undefined })
    assert.equal(v2('/', { '/sys/fs/cgroup/memory.max': '-5' }).limitBytes, undefined)
  })

  it('reads the real machine without an error', () => {
    const { limitBytes } = containerMemory()
    assert.ok(limitBytes === undefined || limitBytes > MIB)
    for (let time = 0; time < 2; time++) assert.equal(ownContainerMemory().limitBytes, limitBytes)
  })
})
