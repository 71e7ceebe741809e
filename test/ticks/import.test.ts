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

describe('a conversion', () => {
  it('loads no module of another package', () => {
    const program = `
      import { registerHooks } from 'node:module'
      const loaded = []
      registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
      await import(${JSON.stringify(import.meta.resolve('../../functions/ticks/convert.ts'))})
      console.log(loaded.filter(url => url.includes('/node_modules/')).join(), loaded.length > 20)`
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
    assert.equal(output, ' true\n')
  })
})
