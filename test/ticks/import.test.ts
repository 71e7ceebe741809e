import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'

describe('the import of the entry point for programs', () => {
  it('defines its names and does nothing else', () => {
    // apache-arrow itself defines some globals.
    const program = `
      await import('apache-arrow')
      const before = JSON.stringify([process.eventNames(), Object.keys(globalThis), process.getActiveResourcesInfo()])
      await import(${JSON.stringify(import.meta.resolve('../../functions/ticks/index.ts'))})
      const after = JSON.stringify([process.eventNames(), Object.keys(globalThis), process.getActiveResourcesInfo()])
      if (after !== before) throw new Error('found ' + after + ', expected ' + before)`
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
    assert.equal(output, '')
  })
})
