import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { COMMANDS } from '../../../../functions/local/cli/commands/table.ts'
import { COMMON_FLAGS } from '../../../../functions/local/cli/common-flags.ts'
import { REQUESTABLE_DATA_TYPES } from '../../../../functions/market/names.ts'
import { callMain } from '../cli.ts'

const NAMES = COMMANDS.map(({ name }) => name)

describe('tick-handler completion', () => {
  let cwd: string
  before(() => {
    cwd = mkdtempSync(join(tmpdir(), 'completion-'))
    writeFileSync(join(cwd, 'my.sql'), '')
  })
  after(() => rmSync(cwd, { recursive: true, force: true }))

  const script = async (shell: string) => {
    const { code, stdout, stderr } = await callMain(['completion', shell], { cwd })
    assert.deepEqual([code, stderr], [0, ''])
    return stdout
  }

  /** What a shell prints, or undefined where it is not installed. */
  const run = (shell: string, args: readonly string[]): string | undefined => {
    const { error, status, stdout, stderr } = spawnSync(shell, args, { cwd, encoding: 'utf8' })
    if (error && 'code' in error && error.code === 'ENOENT') return undefined
    assert.equal(status, 0, stderr)
    assert.equal(stderr, '')
    return stdout
  }

  const inBash = async (context: Mocha.Context, ...words: string[]) => {
    const line = words.map(word => `'${word}'`).join(' ')
    const ask = `COMP_WORDS=(tick-handler ${line}); COMP_CWORD=${words.length}; _tick_handler; printf '%s\\n' "\${COMPREPLY[@]}"`
    const printed = run('bash', ['--norc', '-uc', `${await script('bash')}\n${ask}`])
    if (printed === undefined) return skip(context, 'bash')
    return printed.split('\n').filter(Boolean)
  }

  it('in bash completes every command', async function () {
    assert.deepEqual(await inBash(this, ''), NAMES)
    assert.deepEqual(await inBash(this, 'down'), ['download'])
  })

  it('in bash completes the flags of each command', async function () {
    for (const { name, load } of COMMANDS) {
      const flags = Object.keys({ ...(await load()).default.flags, ...COMMON_FLAGS })
      assert.deepEqual(
        await inBash(this, name, '--'),
        flags.map(flag => `--${flag}`),
        name,
      )
    }
    assert.deepEqual(await inBash(this, 'download', '--dry'), ['--dry-run'])
    assert.deepEqual(await inBash(this, 'status', '--dry'), [])
  })

  it('in bash completes data types, and leaves all other words to the files of the folder', async function () {
    assert.deepEqual(await inBash(this, 'download', '--data-types', ''), [...REQUESTABLE_DATA_TYPES])
    assert.deepEqual(await inBash(this, 'download', '--data-types', 'book_s'), ['book_snapshot_5', 'book_snapshot_25'])
    assert.deepEqual(await inBash(this, 'query', ''), [])
    assert.match(run('bash', ['--norc', '-c', `${await script('bash')}\ncomplete -p tick-handler`])!, /-o default/)
  })

  it('in zsh is a script that zsh reads', async function () {
    const ask = 'autoload -Uz compinit; compinit -D -u'
    const text = await script('zsh')
    const printed = run('zsh', [
      '-f',
      '-c',
      `${ask}\n${text}\nprint -r -- $_comps[tick-handler]; whence -w _tick_handler`,
    ])
    if (printed === undefined) return skip(this, 'zsh')
    assert.equal(printed, '_tick_handler\n_tick_handler: function\n')
  })

  it('in fish completes commands, flags and values', async function () {
    const text = await script('fish')
    const complete = (line: string) => run('fish', ['-N', '-c', `${text}\ncomplete -C "tick-handler ${line}"`])
    const printed = complete('')
    if (printed === undefined) return skip(this, 'fish')
    const words = (output: string) => output.split('\n').flatMap(line => line.split('\t')[0] || [])
    for (const name of NAMES) assert.ok(words(printed).includes(name), name)
    assert.deepEqual(words(complete('download --dry')!), ['--dry-run'])
    assert.deepEqual(words(complete('download --data-types tra')!), ['trades'])
  })

  it('refuses other shells', async () => {
    const usage = async (...args: string[]) => (await callMain(['completion', ...args], { cwd })).stderr
    assert.equal(await usage(), 'tick-handler: missing the shell: expected one of bash, zsh, fish\n')
    assert.equal(await usage('tcsh'), 'tick-handler: found "tcsh", expected one of bash, zsh, fish\n')
    assert.equal(await usage('bash', 'zsh'), 'tick-handler: unexpected argument "zsh"\n')
  })
})

function skip(context: Mocha.Context, shell: string): never {
  console.error(`      ${shell} is not installed: its completion is not tested`)
  return context.skip()
}
