import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sampleSource } from '../../../functions/emulators/tardis/sample-source.ts'
import { startTardisServer, type TardisServer } from '../../../functions/emulators/tardis/server.ts'
import { COMMANDS } from '../../../functions/local/cli/commands/table.ts'
import { EXIT_CODES } from '../../../functions/local/cli/exit-codes.ts'
import { callMain } from './cli.ts'

const NAMES = COMMANDS.map(({ name }) => name)

describe('the flags of every command', () => {
  let folder: string
  let server: TardisServer
  before(async () => {
    server = await startTardisServer({ source: sampleSource({ dates: ['2024-08-01'], rowsPerFile: 500 }) })
  })
  after(() => server.close())
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'common-flags-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const download = (...more: string[]) => {
    const range = ['--start-date', '2024-08-01', '--end-date', '2024-08-01', '--data-types', 'trades']
    const env = { TARDIS_API_URL: server.apiUrl, TARDIS_DATASETS_URL: server.datasetsUrl }
    return callMain(['download', '--venues', 'binance', ...range, ...more], { cwd: folder, env })
  }

  for (const name of NAMES) {
    it(`are understood by ${name}: help, version, exit codes, and no contradiction`, async () => {
      const help = await callMain([name, '-h'], { cwd: folder })
      assert.equal(help.code, 0)
      for (const flag of ['--json', '--quiet', '-v, --verbose', '--log-file FILE', '--log-format FORMAT', '--version'])
        assert.ok(help.stdout.includes(`\n  ${flag} `), flag)
      for (const [code, means] of EXIT_CODES) {
        if (name === 'monitor' || !means.startsWith('monitor'))
          assert.match(help.stdout, new RegExp(`^ {2}${code} `, 'm'))
      }
      assert.deepEqual(await callMain([name, '--version'], { cwd: folder }), { code: 0, stdout: '0.1.0\n', stderr: '' })
      const both = await callMain([name, '-v', '--quiet'], { cwd: folder })
      assert.equal(both.code, 2)
      assert.match(both.stderr, /^tick-handler: --quiet and --verbose exclude each other$/m)
    })
  }

  it('--quiet prints nothing where all is well, and one line where it is not', async () => {
    assert.deepEqual(await download('--quiet'), { code: 0, stdout: '', stderr: '' })
    const status = ['status', '--quiet', '--start-date', '2024-08-01', '--end-date', '2024-08-02']
    assert.deepEqual(await callMain(status, { cwd: folder }), { code: 1, stdout: '', stderr: '' })
  })

  it('--quiet with --json prints the document and nothing else', async () => {
    const { code, stdout, stderr } = await download('--quiet', '--json')
    assert.deepEqual([code, stderr], [0, ''])
    assert.equal(JSON.parse(stdout).complete, true)
  })

  it('--log-file keeps the log in a file, with -v all of it, and leaves the terminal to warnings', async () => {
    const { code, stderr } = await download('--log-file', 'run.log', '--log-format', 'json', '-v')
    assert.deepEqual([code, stderr], [0, ''])
    const lines = (await readFile(join(folder, 'run.log'), 'utf8')).trimEnd().split('\n')
    const entries = lines.map(line => JSON.parse(line))
    assert.ok(entries.some(({ message, severity }) => message === 'venue-day planned' && severity === 'INFO'))
    await download('--log-file', 'run.log')
    const after = (await readFile(join(folder, 'run.log'), 'utf8')).trimEnd().split('\n')
    assert.deepEqual(after.slice(0, lines.length), lines, 'a second run appends')
    assert.match(after.at(-1)!, /^\d{4}-\S+Z INFO /)
  })

  it('--log-format json makes every line on stderr one JSON entry', async () => {
    const { stderr } = await download('--log-format=json')
    const entries = stderr.trimEnd().split('\n')
    assert.ok(entries.length > 2)
    for (const entry of entries) assert.equal(typeof JSON.parse(entry).message, 'string')
  })

  it('are faults where the log cannot be written, or is of an unknown format', async () => {
    assert.deepEqual(await download('--log-file', 'no/such/folder/run.log'), {
      code: 2,
      stdout: '',
      stderr: `tick-handler: --log-file: ${folder}/no/such/folder/run.log: no such file or folder\n`,
    })
    const { code, stderr } = await download('--log-format', 'xml')
    assert.deepEqual([code, stderr], [2, 'tick-handler: --log-format: found "xml", expected one of text, json\n'])
  })
})
