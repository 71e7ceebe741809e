import assert from 'node:assert/strict'
import { findLimit } from '../../../functions/runtime/memory/limit.ts'

const MIB = 1048576
const NO_CONTAINER = { limitBytes: undefined, currentBytes: undefined }

describe('findLimit', () => {
  const systemTotal = () => 8192 * MIB
  const container = (limitBytes: number | undefined) => () => ({ limitBytes, currentBytes: 0 })

  it('prefers the given limit, then the container’s, then the machine’s', () => {
    const given = findLimit({ limitBytes: 300 * MIB, container: container(512 * MIB), systemTotal })
    assert.deepEqual([given.limitBytes, given.limitFrom], [300 * MIB, 'MEMORY_LIMIT_MB'])
    const contained = findLimit({ container: container(512 * MIB), systemTotal })
    assert.deepEqual([contained.limitBytes, contained.limitFrom], [512 * MIB, 'container'])
    const free = findLimit({ container: () => NO_CONTAINER, systemTotal })
    assert.deepEqual([free.limitBytes, free.limitFrom], [8192 * MIB, 'system'])
  })

  it('uses the machine’s memory where the container is allowed more', () => {
    const found = findLimit({ container: container(16384 * MIB), systemTotal })
    assert.deepEqual([found.limitBytes, found.limitFrom], [8192 * MIB, 'system'])
  })
})
