import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')

describe('.ci/run', () => {
  before(function () {
    if (spawnSync('bash', ['-c', 'command -v git awk sed tar']).status === 0) return
    process.stderr.write('\n  !! NOT TESTED: .ci/run, which needs bash, git, awk, sed and tar\n\n')
    this.skip()
  })

  it("begins with the README's commands, both of them", () => {
    const block = /^```\n(.*?)^```/ms.exec(readFileSync(join(ROOT, 'README.md'), 'utf8'))![1]!
    const commands = block
      .trimEnd()
      .split('\n')
      .map(line => line.replace(/ +#.*/, ''))
    assert.deepEqual(commands, ['npm ci && npm start', 'npm ci && npm test'])
    const printed = execFileSync('bash', [join(ROOT, '.ci/run'), '--commands'], { encoding: 'utf8' })
    assert.deepEqual(printed.trimEnd().split('\n'), commands)
  })

  describe('in a checkout of its own', () => {
    let checkout: string
    beforeEach(() => {
      checkout = mkdtempSync(join(tmpdir(), 'ci-'))
      mkdirSync(join(checkout, '.ci'))
      cpSync(join(ROOT, '.ci/run'), join(checkout, '.ci/run'))
    })
    afterEach(() => rmSync(checkout, { recursive: true }))

    /** Runs it on a README with these commands; the scripts of package.json print what runners print. */
    function run(commands: readonly string[], scripts: Readonly<Record<string, string>> = {}) {
      writeFileSync(join(checkout, 'README.md'), `# It\n\n\`\`\`\n${commands.join('\n')}\n\`\`\`\n`)
      const passing = 'echo "  3 passing (1s)"'
      const quiet = { lint: 'true', build: 'true', 'test:faults': passing, 'test:engines': 'true', ...scripts }
      writeFileSync(join(checkout, 'package.json'), JSON.stringify({ scripts: quiet }))
      execFileSync('git', ['init', '--quiet'], { cwd: checkout })
      return runCi()
    }

    function runCi() {
      const { status, stdout } = spawnSync('bash', [join(checkout, '.ci/run')], { encoding: 'utf8' })
      return { status, last: stdout.trimEnd().split('\n').at(-1), stdout }
    }

    it('adds up what the runners counted', () => {
      const test = 'printf "  1 passing (1s)\\n  1 pending\\n\\n  20 passing (2s), 9 files\\n  4 pending\\n"'
      const { status, last } = run(['echo start', test])
      assert.deepEqual({ status, last }, { status: 0, last: '23 passed, 0 failed, 5 skipped' })
    })

    it('runs in a copy without node_modules, as CI, without input', () => {
      mkdirSync(join(checkout, 'node_modules'))
      writeFileSync(join(checkout, '.gitignore'), 'node_modules/\n')
      const { status, stdout } = run(['test ! -e node_modules && test -e README.md', 'echo "CI=$CI" "$(cat)"'])
      assert.match(stdout, /^CI=true $/m)
      assert.equal(status, 0)
    })

    it('fails if a test fails, and does the rest all the same', () => {
      const { status, last } = run(['printf "  5 passing (1s)\\n  2 failing: a, b\\n"; exit 1'])
      assert.deepEqual({ status, last }, { status: 1, last: '8 passed, 2 failed, 1 skipped' })
    })

    it('counts a command that fails without a count, and shows its end once more at the end', () => {
      const { status, last, stdout } = run(['exit 3'], { lint: 'echo "a.ts: not formatted"; exit 1' })
      assert.deepEqual({ status, last }, { status: 1, last: '3 passed, 2 failed, 1 skipped' })
      const end = stdout.slice(stdout.indexOf('!! FAILED: exit 3'))
      assert.match(end, /^!! FAILED: exit 3\n.*^!! FAILED: npm run lint\n.*^a\.ts: not formatted$/ms)
    })

    it('tests wrong code of what the last commit changes, and skips that where no commit is before it', () => {
      const mutation = 'f() { cat "$2"; echo "  1 pending"; }; f'
      const { last, stdout } = run(['true'], { 'test:mutation': mutation })
      assert.match(stdout, /^!! NOT TESTED: wrong code of this change/m)
      assert.equal(last, '3 passed, 0 failed, 1 skipped')
      mkdirSync(join(checkout, 'functions'))
      writeFileSync(join(checkout, 'functions/a.ts'), 'one\n')
      commit('first')
      writeFileSync(join(checkout, 'functions/a.ts'), 'two\n')
      commit('second')
      const changed = runCi()
      assert.match(changed.stdout, /^\+\+\+ b\/functions\/a\.ts\n@@ -1 \+1 @@\n-one\n\+two$/m)
      assert.equal(changed.last, '3 passed, 0 failed, 1 skipped')
      commit('nothing', '--allow-empty')
      assert.equal(runCi().last, '3 passed, 0 failed, 0 skipped')
    })

    function commit(message: string, ...args: readonly string[]) {
      const git = (...words: readonly string[]) => execFileSync('git', words, { cwd: checkout })
      git('add', '--all')
      const identity = ['-c', 'user.name=a', '-c', 'user.email=a@b.invalid', '-c', 'commit.gpgsign=false']
      git(...identity, 'commit', '--quiet', '--message', message, ...args)
    }

    it('fails where nothing passed', () => {
      assert.equal(run(['true'], { 'test:faults': 'true' }).status, 1)
    })
  })
})
