import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { COMMANDS } from '../../../functions/local/cli/commands/table.ts'
import { callMain, runCli } from './cli.ts'

const DAY = ['--start-date', '2024-08-01', '--end-date', '2024-08-01']

describe('tick-handler', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cli-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  it('runs as it stands, says its version, and leaves 2 for a command line that it does not understand', async () => {
    assert.deepEqual(await runCli(['--version'], { cwd: folder }), { code: 0, stdout: '0.1.0\n', stderr: '' })
    const commands = COMMANDS.map(({ name }) => name).join(', ')
    assert.deepEqual(await runCli(['donwload', '--venues', 'binance'], { cwd: folder }), {
      code: 2,
      stdout: '',
      stderr: `tick-handler: unknown command "donwload" (did you mean download?); commands: ${commands}\n`,
    })
  })

  for (const args of [['--help'], ['-h'], ['help']]) {
    it(`shows the commands for ${args.join(' ')}`, async () => {
      const { code, stdout, stderr } = await callMain(args, { cwd: folder })
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
      for (const command of ['download', 'demo', 'status'])
        assert.match(stdout, new RegExp(`^ {2}${command} +\\w`, 'm'))
    })
  }

  for (const command of ['download', 'demo', 'status']) {
    it(`prints flags, examples and exit codes of ${command}`, async () => {
      const { code, stdout } = await callMain([command, '--help'], { cwd: folder })
      assert.equal(code, 0)
      assert.equal((await callMain(['help', command], { cwd: folder })).stdout, stdout)
      assert.match(stdout, new RegExp(`^Usage: tick-handler ${command}`))
      assert.match(stdout, /\nExamples:\n {2}# .+\n {2}npx --no tick-handler /)
      assert.match(stdout, /\nExit codes:\n {2}0 +/)
    })
  }

  it('shows the commands on stderr where there is none, as a fault', async () => {
    const { code, stdout, stderr } = await callMain([], { cwd: folder })
    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' })
    assert.match(stderr, /^Commands:$/m)
  })

  describe('download with faults of usage', () => {
    const cases: [args: string[], lines: string[]][] = [
      [
        [],
        [
          'missing required --start-date (YYYY-MM-DD)',
          'missing required --end-date (YYYY-MM-DD)',
          'missing required --venues (exchange ids such as binance-futures; or set VENUES)',
        ],
      ],
      [
        ['--venus', 'binance', '--start-date', '2024-13-01', '--end-date', '2024-01-01', '--max-instruments', '0'],
        [
          '--venus: unknown flag (did you mean --venues?)',
          '--start-date: found "2024-13-01", expected a date as YYYY-MM-DD between 2010-01-01 and 2100-12-31',
          '--max-instruments: found "0", expected a whole number from 1 to 5000',
          'missing required --venues (exchange ids such as binance-futures; or set VENUES)',
        ],
      ],
      [
        ['--venues', 'binance', '--start-date', '2024-08-02', '--end-date', '2024-08-01'],
        ['--end-date 2024-08-01 is before --start-date 2024-08-02'],
      ],
      [
        ['--venues', 'binance', ...DAY, '--bucket', 'ticks', '--data-dir', 'data'],
        ['--bucket and --data-dir exclude each other'],
      ],
      [
        ['--venues', 'binance', ...DAY, '--symbols', 'A,,B', 'stray'],
        ['unexpected argument "stray"', '--symbols[1]: found "", expected a symbol of 1 to 128 printable characters'],
      ],
      [
        ['--venues', 'binance', '--start-date', '2011-01-01', '--end-date', '2024-01-01'],
        ['--end-date: found "2024-01-01", expected at most 3653 days from 2011-01-01; publish a request for each part'],
      ],
    ]
    for (const [args, lines] of cases) {
      it(`says all of it, a line each: ${args.join(' ') || 'nothing given'}`, async () => {
        const { code, stdout, stderr } = await callMain(['download', ...args], { cwd: folder })
        assert.deepEqual({ code, stdout }, { code: 2, stdout: '' })
        assert.deepEqual(
          stderr.trimEnd().split('\n'),
          lines.map(line => `tick-handler: ${line}`),
        )
        assert.deepEqual(await readdir(folder), [])
      })
    }

    it('refuses a file where a folder is expected', async () => {
      const { code, stderr } = await callMain(
        ['download', '--venues', 'binance', ...DAY, '--data-dir', import.meta.filename],
        { cwd: folder },
      )
      assert.equal(code, 2)
      assert.match(stderr, /^tick-handler: --data-dir: \S+command-line\.test\.ts is a file, expected a folder\n$/)
    })

    it('refuses days that have not begun', async () => {
      const { code, stderr } = await callMain(
        ['download', '--venues', 'binance', '--start-date', '2024-08-01', '--end-date', '2100-01-01'],
        { cwd: folder },
      )
      assert.equal(code, 2)
      assert.match(stderr, /--end-date: 2100-01-01 has not begun \(today is \d{4}-\d\d-\d\d in UTC\)/)
    })

    it('refuses a bad .env, and bad values in it, and shows no key', async () => {
      const own = await mkdtemp(join(tmpdir(), 'cli-env-'))
      const download = () => callMain(['download', '--venues', 'binance', ...DAY], { cwd: own })
      await writeFile(join(own, '.env'), 'TARDIS_API_KEY\n')
      assert.deepEqual(await download(), {
        code: 2,
        stdout: '',
        stderr:
          'tick-handler: .env line 1: found no = (14 characters, not shown), expected NAME=value, # comment or nothing\n',
      })
      await writeFile(join(own, '.env'), 'TARDIS_API_KEY=secret words here\nBATCH_SIZE=many\n')
      const { code, stderr } = await download()
      assert.equal(code, 2)
      assert.equal(stderr.trimEnd().split('\n').length, 2)
      assert.match(stderr, /^tick-handler: BATCH_SIZE: found "many", expected a whole number/m)
      assert.ok(!stderr.includes('secret words'))
      assert.deepEqual(await readdir(own), ['.env'])
      await rm(own, { recursive: true })
    })
  })
})
