import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const RUN = join(import.meta.dirname, 'run.ts')

describe('the test runner', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'test-run-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function run(files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, `${name}.test.mjs`), text)
    const args = [RUN, join(folder, '*.test.mjs')]
    const { status, stdout } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      env: { ...process.env, FILES_PER_PROCESS: '1', ...env },
    })
    return {
      status,
      lines: stdout
        .replaceAll(`${folder}/`, '')
        .replace(/\(\d+s\)/, '(s)')
        .trimEnd()
        .split('\n'),
    }
  }
  const passing = "it('passes', () => {})\n"

  it('adds up the tests of all files, and passes if they do', async () => {
    const { status, lines } = await run({ a: passing, b: `${passing}it.skip('is skipped', () => {})\n` })
    assert.deepEqual(lines.slice(-2), ['  2 passing (s), 2 files', '  1 pending'])
    assert.equal(status, 0)
  })

  it('fails if a test fails, a file cannot be loaded, a process is killed or a test is marked as the only one', async () => {
    const { status, lines } = await run({
      a: passing,
      b: `${passing}it('fails', () => { throw new Error('wrong') })\n`,
      c: "throw new Error('not loaded')\n",
      d: "it('dies', () => process.kill(process.pid, 'SIGKILL'))\n",
      e: "it.only('is the only one', () => {})\n",
    })
    assert.equal(lines.at(-2), '  2 passing (s), 5 files')
    const [, count, failed] = /^ {2}(\d) failing: (.*)$/.exec(lines.at(-1)!)!
    assert.equal(count, '4')
    assert.deepEqual(
      failed!.split(', ').sort(),
      ['b', 'c', 'd', 'e'].map(name => `${name}.test.mjs`),
    )
    assert.equal(status, 1)
  })

  it('fails if a file does not end, with what its tests said', async () => {
    const open = 'after(() => void setInterval(() => {}, 1000))\n'
    const { status, lines } = await run({ a: `${passing}${open}` }, { MAX_PROCESS_SECONDS: '5' })
    assert.ok(lines.includes('  a.test.mjs: killed, did not end within 5 s: a test leaves something open'))
    assert.match(lines.at(-1)!, /failing: a\.test\.mjs$/)
    assert.equal(status, 1)
  })

  it('runs neighbours in one process, and names them all where one of them crashes', async () => {
    const { status, lines } = await run(
      { a: passing, b: passing, c: "it('dies', () => process.kill(process.pid, 'SIGKILL'))\n" },
      { FILES_PER_PROCESS: '2' },
    )
    assert.deepEqual(lines.slice(-2), ['  1 passing (s), 3 files', '  1 failing: c.test.mjs b.test.mjs'])
    assert.equal(status, 1)
  })

  it('fails where there is no test', async () => {
    assert.equal((await run({ a: '' })).status, 1)
    assert.equal((await run({})).status, 1)
  })
})
