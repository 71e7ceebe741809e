import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pythonEnvironment } from './environment.ts'

describe('the virtual environment of the engines', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'environment-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  /** A Python that makes environments of itself. Its pip runs `pip`, its uv runs `uv`. */
  function fakePython({ minor = 11, pip = 'true', uv = 'true' }): string {
    const path = join(folder, 'python3')
    const self = join(folder, 'self')
    const lines = [
      '#!/bin/sh',
      `case "$1 $2" in`,
      `"-c "*) echo ${minor} ;;`,
      `"-m venv") mkdir -p "$3/bin"; cp ${self} "$3/bin/python"; cp ${folder}/uv "$3/bin/uv" ;;`,
      `"-m pip") ${pip} ;;`,
      'esac',
    ]
    writeFileSync(join(folder, 'uv'), `#!/bin/sh\n${uv}\n`)
    for (const copy of [path, self]) writeFileSync(copy, `${lines.join('\n')}\n`)
    for (const file of ['uv', 'self', 'python3']) chmodSync(join(folder, file), 0o755)
    return path
  }
  const environment = (python3: string) => pythonEnvironment(join(folder, 'made'), python3)

  it('is made once', async () => {
    const made = await environment(fakePython({}))
    assert.deepEqual(made, { python: join(folder, 'made/bin/python') })
    assert.deepEqual(await environment(fakePython({ uv: 'exit 1' })), made)
  })

  it('is made anew if the installation did not end', async () => {
    await assert.rejects(environment(fakePython({ uv: 'exit 1' })), /uv pip sync/)
    assert.ok(existsSync(join(folder, 'made/bin/python')))
    await assert.rejects(environment(fakePython({ uv: 'exit 1' })), /uv pip sync/)
    assert.ok('python' in (await environment(fakePython({}))))
  })

  it('is not there without Python, or with an old one', async () => {
    const missing = await environment(join(folder, 'no-python'))
    assert.match(
      String(Object.values(missing)),
      /no-python cannot make virtual environments: .*ENOENT; expected Python 3\.11/,
    )
    const old = await environment(fakePython({ minor: 10 }))
    assert.match(String(Object.values(old)), /is Python 3\.10, expected Python 3\.11 or newer$/)
  })

  it('is not there where the index cannot be reached', async () => {
    const pip = `echo "Retrying after connection broken by 'NewConnectionError'" >&2; echo "ERROR: No matching distribution" >&2; exit 1`
    assert.deepEqual(await environment(fakePython({ pip })), {
      unavailable: "Python's package index cannot be reached: ERROR: No matching distribution",
    })
  })

  it('is not there where the index can no longer be reached once the installer is there', async () => {
    const lines = [
      'error: Failed to fetch',
      '  cause: client error (Connect)',
      '  cause: Connection refused (os error 111)',
    ]
    const uv = `${lines.map(line => `echo "${line}" >&2`).join('; ')}; exit 2`
    assert.deepEqual(await environment(fakePython({ uv })), {
      unavailable: "Python's package index cannot be reached: cause: Connection refused (os error 111)",
    })
  })

  it('fails where the index is reached and gives other bytes', async () => {
    const pip = 'echo "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES" >&2; exit 1'
    await assert.rejects(environment(fakePython({ pip })), /DO NOT MATCH THE HASHES/)
  })
})
