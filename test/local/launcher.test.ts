import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const LAUNCHER = fileURLToPath(new URL('../../functions/local/launcher.js', import.meta.url))

describe('the launcher', () => {
  const help = (temporary: string) =>
    execFileSync(process.execPath, [LAUNCHER, '--help'], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, TMPDIR: temporary },
    })

  it('keeps compiled code for the next start, where it can be written', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'launcher-'))
    try {
      const text = help(folder)
      assert.match(text, /download/)
      assert.deepEqual(await readdir(folder), ['node-compile-cache'])
      assert.equal(help(folder), text)
      // Below a file there is no folder.
      assert.equal(help(LAUNCHER), text)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
