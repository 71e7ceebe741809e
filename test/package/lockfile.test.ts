import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PackageLock } from '../../infra/package.ts'

const ROOT = join(import.meta.dirname, '../..')

describe('package-lock.json', () => {
  const { packages }: PackageLock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))

  /**
   * npm leaves an optional package out where npm itself runs on an older Node than the package asks for. Everything
   * here runs on the Node of node_modules, so the lockfile does not keep what Polars' binaries ask for.
   */
  it('gives npm on Node 20 no reason to leave an optional package out', () => {
    const leftOut = Object.entries(packages).filter(([, { optional, engines }]) => {
      const oldest = /\d+/.exec((engines as { node?: string } | undefined)?.node ?? '')
      return optional && oldest && Number(oldest[0]) > 20
    })
    assert.deepEqual(
      leftOut.map(([path]) => path),
      [],
      'remove "engines" from these entries of package-lock.json',
    )
  })
})
