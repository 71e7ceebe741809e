import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const FIXTURE = fileURLToPath(new URL('../../fixtures/open-handles.ts', import.meta.url))

describe('the pipeline on this machine', () => {
  it('leaves nothing open when it is done: no socket, no timer, no thread', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'open-handles-'))
    try {
      const child = spawn(process.execPath, [FIXTURE, 'demo'], {
        cwd: folder,
        env: { PATH: process.env.PATH },
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
      assert.equal(code, 0)
      assert.deepEqual(JSON.parse(output.trimEnd().split('\n').at(-1)!), { code: 0, open: [] })
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
