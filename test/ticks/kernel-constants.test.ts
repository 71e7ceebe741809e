import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createKernel, MAX_KERNEL_BYTES } from '../../functions/ticks/kernel.ts'
import { checkConstants } from '../../functions/ticks/kernel-constants.ts'

const exports: Readonly<Record<string, unknown>> = { ...createKernel() }
const SHARED = Object.keys(exports).filter(name => /^(KIND|FIELD|STATUS|INFLATE)_/.test(name))

describe('the constants of kernel and host', () => {
  it('are the same in the kernel that is built', () => {
    assert.equal(SHARED.length, 5 + 9 + 11 + 13)
    checkConstants(exports)
  })

  it('are refused where any one differs', () => {
    for (const name of SHARED) {
      const { value } = exports[name] as { value: number }
      assert.throws(() => checkConstants({ ...exports, [name]: { value: value + 1 } }), {
        message: `the kernel has ${name} ${value + 1}, expected ${value}: run "npm run build:kernel"`,
      })
    }
  })

  it('are refused where one stands on one side only', () => {
    for (const name of SHARED) assert.throws(() => checkConstants({ ...exports, [name]: undefined }), /the kernel has/)
    assert.throws(() => checkConstants({ ...exports, STATUS_NEW: { value: 99 } }), {
      message: 'the kernel has STATUS_NEW 99, expected undefined: run "npm run build:kernel"',
    })
  })

  it('bound the memory as the build does', () => {
    const config = readFileSync(new URL('../../functions/ticks/kernel/asconfig.json', import.meta.url), 'utf8')
    assert.equal(JSON.parse(config).options.maximumMemory * 65_536, MAX_KERNEL_BYTES)
  })
})
