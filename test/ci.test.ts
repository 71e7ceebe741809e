import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')

describe('.ci/run', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')

  it("begins with the README's commands, both of them", () => {
    const block = /^```\n(.*?)^```/ms.exec(readme)![1]!
    const commands = block.trimEnd().split('\n')
    const stripped = commands.map(line => line.replace(/ +#.*/, ''))
    assert.deepEqual(stripped, ['npm ci && npm start', 'npm ci && npm test'])
    const printed = execFileSync('bash', [join(ROOT, '.ci/run'), '--commands'], { encoding: 'utf8' })
    assert.deepEqual(printed.trimEnd().split('\n'), stripped)
  })
})
