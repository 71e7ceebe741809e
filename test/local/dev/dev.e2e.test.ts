import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, isStale } from '../../../functions/local/dev/build.ts'
import { runCli } from '../cli/cli.ts'
import { descendantsOf, isAlive } from './processes.ts'
import { whyNoEmulator } from './running-stack.ts'

const COMMAND = fileURLToPath(new URL('../../../functions/local/tick-handler.ts', import.meta.url))

describe('tick-handler dev', function () {
  this.timeout(120_000)
  let folder: string
  let child: ChildProcess | undefined

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tick-handler-dev-'))
  })
  after(async () => {
    child?.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  it('explains how to get an emulator where there is none', async () => {
    const { code, stderr } = await runCli(['dev'], { cwd: folder, env: { PATH: folder } })
    assert.equal(code, 1)
    assert.match(stderr, /tick-handler: no Pub\/Sub emulator: gcloud is not installed .* or set PUBSUB_EMULATOR_HOST/)
  })

  it('explains how to publish, and stops everything on Ctrl-C, with exit code 0', async function () {
    if (process.platform !== 'linux' || (await whyNoEmulator()) !== undefined) return this.skip()
    if (isStale()) await build()
    const { PATH, JAVA_HOME } = process.env
    child = spawn(process.execPath, [COMMAND, 'dev', '--data-dir', 'bucket'], {
      cwd: folder,
      env: { PATH, JAVA_HOME },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    child.stdout!.on('data', chunk => {
      said += chunk
    })
    while (!said.includes('Ctrl-C stops everything')) await once(child.stdout!, 'data')
    for (const line of [
      /curl -X POST .*tick-schedule:publish/,
      /gcloud pubsub topics publish/,
      /tick-handler backfill/,
    ]) {
      assert.match(said, line)
    }
    const pids = descendantsOf(child.pid!)
    // The emulator and three functions, each with its watchdog.
    assert.equal(pids.length, 8)
    child.kill('SIGINT')
    const [code] = await once(child, 'exit')
    assert.deepEqual([code, pids.filter(isAlive)], [0, []])
  })
})
