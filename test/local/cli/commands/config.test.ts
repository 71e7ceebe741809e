import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VARIABLES } from '../../../../functions/runtime/config/config.ts'
import { callMain } from '../cli.ts'

const KEY = 'TD.a-key-that-nobody-sees'

describe('tick-handler config', () => {
  let cwd: string
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'config-'))
  })
  afterEach(() => rm(cwd, { recursive: true, force: true }))

  const file = (settings: object | string, mode = 0o600) =>
    writeFile(join(cwd, 'tick-handler.json'), typeof settings === 'string' ? settings : JSON.stringify(settings), {
      mode,
    })
  const dotEnv = (text: string) => writeFile(join(cwd, '.env'), text)
  const config = (args: readonly string[] = [], env: Record<string, string> = {}) =>
    callMain(['config', ...args], { cwd, env })
  /** The setting as `value from`. */
  async function setting(name: string, args: readonly string[] = [], env: Record<string, string> = {}) {
    const { code, stdout, stderr } = await config([...args, '--json'], env)
    assert.deepEqual([code, stderr], [0, ''])
    const row = JSON.parse(stdout).settings.find((one: { name: string }) => one.name === name)
    return `${row.value} ${row.from}`
  }
  async function faults(command = 'config') {
    const { code, stdout, stderr } = await callMain([command], { cwd })
    assert.deepEqual([code, stdout], [2, ''])
    return stderr
      .trimEnd()
      .split('\n')
      .map(line => line.replace('tick-handler: tick-handler.json: ', ''))
  }

  it('names every variable and flag once, with defaults where nothing is set', async () => {
    const { stdout } = await config(['--json'])
    const rows: { name: string; from: string }[] = JSON.parse(stdout).settings
    assert.deepEqual(
      rows.map(({ name }) => name),
      [...VARIABLES, 'data-dir', 'log-file', 'log-format', 'symbols', 'instrument-types', 'exclude'],
    )
    assert.deepEqual([...new Set(rows.map(({ from }) => from))], ['default'])
    assert.equal(await setting('BATCH_SIZE'), '500 default')
    assert.equal(await setting('GCS_BUCKET'), 'null default')
  })

  describe('takes the strongest of what is set:', () => {
    const from = {
      flag: ['--bucket', 'of-the-flag'],
      environment: { GCS_BUCKET: 'of-the-environment' },
      dotEnv: 'GCS_BUCKET=of-dot-env',
      file: { bucket: 'of-the-file' },
    }
    const order = ['flag', 'environment', 'dotEnv', 'file'] as const
    const shown = {
      flag: 'of-the-flag --bucket',
      environment: 'of-the-environment environment',
      dotEnv: 'of-dot-env .env',
      file: 'of-the-file tick-handler.json',
    }
    for (const [at, strong] of order.entries())
      for (const weak of order.slice(at + 1))
        it(`${strong} before ${weak}`, async () => {
          const has = (source: (typeof order)[number]) => source === strong || source === weak
          if (has('dotEnv')) await dotEnv(from.dotEnv)
          if (has('file')) await file(from.file)
          const args = has('flag') ? from.flag : []
          const env = has('environment') ? from.environment : {}
          assert.equal(await setting('GCS_BUCKET', args, env), shown[strong])
        })

    for (const source of order)
      it(`${source} before the default`, async () => {
        if (source === 'dotEnv') await dotEnv(from.dotEnv)
        if (source === 'file') await file(from.file)
        const args = source === 'flag' ? from.flag : []
        assert.equal(await setting('GCS_BUCKET', args, source === 'environment' ? from.environment : {}), shown[source])
      })

    it('a bucket of the environment before a folder of the file, and a flag before both', async () => {
      await file({ 'data-dir': './lake' })
      assert.equal(await setting('data-dir'), './lake tick-handler.json')
      assert.equal(await setting('data-dir', [], { GCS_BUCKET: 'a-bucket' }), 'null default')
      assert.equal(await setting('data-dir', ['--data-dir', './own']), './own --data-dir')
    })

    it('the file that --settings names, in place of .env', async () => {
      await dotEnv('BATCH_SIZE=7')
      await writeFile(join(cwd, 'other.env'), 'BATCH_SIZE=9')
      await file({ BATCH_SIZE: 5 })
      assert.equal(await setting('BATCH_SIZE'), '7 .env')
      assert.equal(await setting('BATCH_SIZE', ['--settings', 'other.env']), '9 other.env')
    })

    it('an empty variable, which means the default', async () => {
      await file({ BATCH_SIZE: 5 })
      assert.equal(await setting('BATCH_SIZE', [], { BATCH_SIZE: '' }), '500 default')
    })
  })

  it('takes numbers, true and false, and lists from the file', async () => {
    await file({ VENUES: ['deribit', 'bitmex'], 'data-types': 'trades', BATCH_SIZE: 3, MEMORY_EFFICIENT: false })
    assert.equal(await setting('VENUES'), 'deribit,bitmex tick-handler.json')
    assert.equal(await setting('DATA_TYPES'), 'trades tick-handler.json')
    assert.equal(await setting('BATCH_SIZE'), '3 tick-handler.json')
    assert.equal(await setting('MEMORY_EFFICIENT'), 'false tick-handler.json')
  })

  it('takes patterns of venues and symbols, and types, and checks them', async () => {
    await file({ venues: ['deribit', 'bin*'], symbols: ['BTC-*'], 'instrument-types': 'option', exclude: ['*-P'] })
    assert.equal(await setting('VENUES'), 'deribit,bin* tick-handler.json')
    assert.equal(await setting('symbols'), 'BTC-* tick-handler.json')
    assert.equal(await setting('instrument-types'), 'option tick-handler.json')
    assert.equal(await setting('exclude', ['--exclude', '*-C']), '*-C --exclude')
    await file({ venues: ['deribit', 'Bin*', 'bin*'], 'instrument-types': 'Option', symbols: [] })
    assert.deepEqual(await faults(), [
      'symbols: found "", expected names separated by commas',
      'instrument-types: found "Option", expected a type of instruments (spot, perpetual, future, option …)',
      'VENUES: found "Bin*", expected a Tardis exchange id (lower-case letters, digits and -, like binance-futures)',
    ])
    await file({ symbols: 'A', exclude: 'A' })
    assert.match((await faults()).join(), /^tick-handler: --exclude: .* leave at least one symbol over$/)
  })

  it('shows no key, neither as text nor as JSON', async () => {
    await file({ TARDIS_API_KEY: KEY })
    for (const args of [[], ['--json']]) {
      const { stdout } = await config(args)
      assert.ok(!stdout.includes(KEY) && stdout.includes('[secret]'))
    }
  })

  it('prints a table', async () => {
    const { stdout } = await config()
    assert.match(stdout, /^ {2}setting +from +value$/m)
    assert.match(stdout, /^ {2}GCS_PREFIX +default +ticks$/m)
  })

  describe('stops with exit code 2 where the file', () => {
    it('is no JSON, with line and column', async () => {
      await file(`{\n  "VENUES": "deribit",\n  TARDIS_API_KEY: "${KEY}"\n}`)
      assert.deepEqual(await faults(), ['line 3, column 3: found "T", expected a name in double quotes'])
    })

    it('has names that nobody reads, values of a wrong type, or more than one name of a setting', async () => {
      await file({ VENUE: 'deribit', BATCH_SIZE: [1], VENUES: { a: 1 }, 'log-format': 'xml' })
      assert.deepEqual((await faults()).sort(), [
        'BATCH_SIZE is a list, expected a text, a number, true or false',
        'VENUES is an object, expected a text or a list of texts',
        'log-format is another text, expected "text" or "json"',
        'unknown name "VENUE" (did you mean VENUES?)',
      ])
      await file({ VENUES: 'deribit', venues: 'bitmex', 'data-dir': './a', bucket: 'a-bucket' })
      assert.deepEqual(await faults(), [
        'has venues and VENUES, expected one of them',
        'has data-dir and bucket, expected one of them',
      ])
      await file('[]')
      assert.deepEqual(await faults(), ['a list, expected an object with names of variables or flags'])
    })

    it('has a value that cannot be, also for other commands', async () => {
      await file({ BATCH_SIZE: 0 })
      for (const command of ['config', 'venues', 'status'])
        assert.deepEqual(await faults(command), ['BATCH_SIZE: found "0", expected a whole number from 1 to 100000'])
    })

    it('has a key and can be read by other users', async () => {
      await file({ TARDIS_API_KEY: KEY })
      for (const mode of [0o644, 0o640, 0o604]) {
        await chmod(join(cwd, 'tick-handler.json'), mode)
        const [fault] = await faults()
        assert.equal(
          fault,
          `TARDIS_API_KEY is readable by other users (mode ${mode.toString(8)}): chmod 600 tick-handler.json, or put the key into .env`,
        )
      }
      await file({ BATCH_SIZE: 3 })
      assert.equal(await setting('BATCH_SIZE'), '3 tick-handler.json')
    })
  })

  it('sets the log of every command, behind its flags', async () => {
    await file({ 'log-format': 'json', 'log-file': 'all.log' })
    assert.equal(await setting('log-format'), 'json tick-handler.json')
    assert.equal(await setting('log-format', ['--log-format', 'text']), 'text --log-format')
    assert.equal(await setting('log-file', ['--log-file', 'all.log']), 'all.log --log-file')
    assert.equal((await callMain(['demo', '--quiet'], { cwd, env: { LOG_LEVEL: 'info' } })).code, 0)
    const [first = ''] = (await readFile(join(cwd, 'all.log'), 'utf8')).split('\n')
    assert.equal(typeof JSON.parse(first).message, 'string')
  })
})
