import assert from 'node:assert/strict'
import { INVARIANTS } from './invariants.ts'
import { PLANTED } from './planted.ts'
import { readFiles, readModule } from './terraform.ts'

describe('infra', () => {
  for (const [invariant, faultsOf] of Object.entries(INVARIANTS)) {
    it(invariant, async () => {
      assert.deepEqual(faultsOf(await readModule(readFiles())), [])
    })
  }

  for (const { what, file, from, to, broken } of PLANTED) {
    it(`would not pass with ${what}`, async () => {
      const files = readFiles()
      const text = files.get(file) ?? ''
      const faulty = text.replace(from, () => to)
      assert.notEqual(faulty, text, `${file} holds nothing like ${from}`)
      const module = await readModule(files.set(file, faulty))
      assert.notDeepEqual(INVARIANTS[broken]!(module), [])
    })
  }

  it('every invariant has been seen to fail', () => {
    const seen = new Set(PLANTED.map(({ broken }) => broken))
    assert.deepEqual([...seen].sort(), Object.keys(INVARIANTS).sort())
  })
})
