import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startChild } from '../../../functions/local/dev/child.ts'
import { ended, isAlive } from './processes.ts'

const PARENT = fileURLToPath(new URL('../../fixtures/parent-of-one.ts', import.meta.url))
const env = { PATH: process.env.PATH }
const node = (code: string, onLine: (line: string) => void = () => {}) =>
  startChild({ command: process.execPath, args: ['-e', code], env, onLine })

describe('local/dev/child', () => {
  it('passes on the output of the process and how it ended', async () => {
    const lines: string[] = []
    const child = await node('console.log("out"); console.error("err"); process.exitCode = 3', line => lines.push(line))
    assert.deepEqual(await child.ended, { code: 3, signal: null })
    assert.deepEqual(lines.sort(), ['err', 'out'])
  })

  it('asks a process to stop, and kills it where it does not', async () => {
    for (const [handler, expected] of [
      ['() => process.exit(7)', { code: 7, signal: null }],
      ['() => {}', { code: null, signal: 'SIGKILL' }],
    ] as const) {
      const up = Promise.withResolvers<string>()
      const child = await node(
        `process.on("SIGTERM", ${handler}); setInterval(() => {}, 1e6); console.log("up")`,
        up.resolve,
      )
      await up.promise
      assert.deepEqual(await child.stop(handler === '() => {}' ? 20 : 9_000), expected)
      assert.equal(isAlive(child.pid), false)
    }
  })

  it('names the program that cannot be started', async () => {
    const command = '/nowhere/program'
    await assert.rejects(startChild({ command, args: [], env, onLine: () => {} }), /nowhere\/program ENOENT/)
  })

  it('leaves no process behind, though its own is killed', async function () {
    if (process.platform !== 'linux') return this.skip()
    const parent = spawn(process.execPath, [PARENT], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [said] = await once(parent.stdout, 'data')
    const pid = Number(said)
    assert.equal(isAlive(pid), true)
    parent.kill('SIGKILL')
    await ended(pid)
    assert.equal(isAlive(pid), false)
  })
})
