import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { INFRA } from './terraform.ts'

describe('infra as terraform sees it', () => {
  it('is formatted', function () {
    const { status, stdout, stderr, error } = spawnSync('terraform', ['fmt', '-check', '-diff', '-recursive', INFRA], {
      encoding: 'utf8',
      env: { ...process.env, CHECKPOINT_DISABLE: '1' },
    })
    if (error) {
      console.warn(`SKIPPED: terraform cannot be run here (${error.message}), so nobody checked infra's format`)
      this.skip()
    }
    assert.equal(status, 0, `${stdout}${stderr}`)
  })
})
