import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stub } from 'sinon'
import { type EngineEntry, openEngine, withoutMaven } from './engines.ts'
import { icebirdPackage } from './icebird-package.ts'
import { PythonError, pythonEngine } from './python-process.ts'

const UNRESOLVED = `
	::          UNRESOLVED DEPENDENCIES         ::
	:: org.apache.iceberg#iceberg-spark-runtime-4.1_2.13;1.12.0: not found
`
const JAR = 'https://repo1.maven.org/maven2/org/apache/iceberg/iceberg-spark-runtime-4.1_2.13/1.12.0/x.jar'
const REFUSED = '(java.net.ConnectException: Connection refused)'

describe("Iceberg's runtime for Spark", () => {
  it('is not there where Maven cannot be reached', () => {
    const printed = `${UNRESOLVED}:::: ERRORS\n\tServer access error at url ${JAR} ${REFUSED}\n`
    const reason = `${JAR}: java.net.ConnectException: Connection refused`
    assert.equal(withoutMaven(printed), `Maven cannot be reached for Iceberg's runtime: ${reason}`)
  })

  it('is a failure where Maven is reached and does not have it', () => {
    assert.equal(withoutMaven(UNRESOLVED), undefined)
    const other = 'https://repos.spark-packages.org/x.jar'
    assert.equal(withoutMaven(`${UNRESOLVED}\tServer access error at url ${other} ${REFUSED}\n`), undefined)
  })
})

describe('an engine of Python that does not start', () => {
  it('has all that it printed in its error', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'engine-'))
    try {
      const python = join(folder, 'python')
      const response = JSON.stringify({ error: 'RuntimeError: no gateway' })
      writeFileSync(python, `#!/bin/sh\necho '${response}'\nseq 1 3000 >&2\n`)
      chmodSync(python, 0o755)
      await assert.rejects(pythonEngine(python, 'spark_'), (error: unknown) => {
        assert.ok(error instanceof PythonError)
        assert.match(error.message, /RuntimeError: no gateway$/)
        return error.printed.endsWith('\n2999\n3000\n')
      })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

describe('the package icebird', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'icebird-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  /** An npm that runs `lines` where it installs. */
  function fakeNpm(...lines: string[]): string {
    const path = join(folder, 'npm')
    writeFileSync(path, `#!/bin/sh\n${lines.join('\n')}\n`)
    chmodSync(path, 0o755)
    return path
  }
  const INSTALL = ['mkdir -p node_modules/icebird', `echo '{"version":"9.9.9"}' > node_modules/icebird/package.json`]
  const installed = (npm: string) => icebirdPackage(join(folder, 'made'), npm)

  it('is installed once, in the pinned versions', async () => {
    const found = await installed(fakeNpm('test -f package-lock.json || exit 1', ...INSTALL))
    assert.ok('module' in found)
    assert.equal(found.version, '9.9.9')
    assert.match(found.module, /^file:.*\/made\/node_modules\/icebird\/src\/index\.js$/)
    assert.deepEqual(await installed(fakeNpm('exit 1')), found)
  })

  it('is not there where the registry cannot be reached, and installed later', async () => {
    const unreached = fakeNpm('echo "npm error code ECONNREFUSED" >&2', 'exit 1')
    assert.deepEqual(await installed(unreached), { unavailable: "npm's registry cannot be reached: ECONNREFUSED" })
    assert.ok('module' in (await installed(fakeNpm(...INSTALL))))
  })

  it('is installed anew if the installation did not end, and fails where the registry gives other bytes', async () => {
    await assert.rejects(installed(fakeNpm(...INSTALL, 'echo "npm error code EINTEGRITY" >&2', 'exit 1')), /EINTEGRITY/)
    assert.ok(existsSync(join(folder, 'made/node_modules/icebird')))
    await assert.rejects(installed(fakeNpm('exit 1')), /npm ci/)
  })
})

describe('an engine that cannot run', () => {
  const context = {
    skip() {
      throw new Error('skipped')
    },
  } as unknown as Mocha.Context
  const open = () => Promise.reject(new Error('no route to the runtime'))

  /** @returns what is printed */
  async function opened(entry: Partial<EngineEntry>, expected: RegExp): Promise<string> {
    const write = stub(process.stderr, 'write')
    try {
      await assert.rejects(openEngine(context, 'Spark', { open, isJavaScript: true, ...entry }), expected)
      return write.args.join('')
    } finally {
      write.restore()
    }
  }

  it('is skipped with its reason', async () => {
    const unavailable = async () => 'no java on the path'
    assert.equal(await opened({ unavailable }, /^Error: skipped$/), '\n  !! NOT TESTED: Spark: no java on the path\n\n')
    const unreached = (error: unknown) => `Maven: ${String(error)}`
    const reason = 'Maven: Error: no route to the runtime'
    assert.equal(await opened({ unreached }, /^Error: skipped$/), `\n  !! NOT TESTED: Spark: ${reason}\n\n`)
  })

  it('fails with any other error', async () => {
    assert.equal(await opened({ unreached: () => undefined }, /no route to the runtime/), '')
  })
})
