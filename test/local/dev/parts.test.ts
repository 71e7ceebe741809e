import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isStale } from '../../../functions/local/dev/build.ts'
import { startChild } from '../../../functions/local/dev/child.ts'
import { findEmulator, NoEmulator } from '../../../functions/local/dev/emulator.ts'
import { usedMbOf, watchMemory } from '../../../functions/local/dev/memory-limit.ts'

describe('local/dev', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tick-handler-parts-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  async function put(name: string, text = '', modified = 1_000): Promise<string> {
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
    await utimes(path, modified, modified)
    return path
  }

  describe('the emulator', () => {
    const program = async (name: string, text = '') => {
      const path = await put(name, `#!/bin/sh\n${text}\n`)
      await chmod(path, 0o755)
      return path
    }
    const EMULATOR = 'platform/pubsub-emulator/bin/cloud-pubsub-emulator'
    const missing = (env: Record<string, string>, expected: RegExp) =>
      assert.rejects(findEmulator(env), error => error instanceof NoEmulator && expected.test(error.message))

    it('is found beside gcloud, or where gcloud says that it is installed', async () => {
      await program('sdk/bin/gcloud')
      await program('java/bin/java')
      const emulator = await program(`sdk/${EMULATOR}`)
      const java = join(folder, 'java/bin')
      assert.equal(await findEmulator({ PATH: `${join(folder, 'sdk/bin')}:${java}` }), emulator)
      await program('other/gcloud', `[ "$1" = info ] && echo ${join(folder, 'sdk')}`)
      assert.equal(await findEmulator({ PATH: `${join(folder, 'other')}:${java}` }), emulator)
    })

    it('is reported missing, with what to install, or how to do without', async () => {
      const PATH = join(folder, 'sdk/bin')
      await missing({ PATH }, /gcloud is not installed .*PUBSUB_EMULATOR_HOST/)
      await program('sdk/bin/gcloud', 'exit 1')
      await missing({ PATH }, /gcloud info failed/)
      await program('sdk/bin/gcloud', 'echo /nowhere')
      await missing({ PATH }, /gcloud components install pubsub-emulator .*PUBSUB_EMULATOR_HOST/)
      await program(`sdk/${EMULATOR}`)
      await missing({ PATH }, /no Java.*PUBSUB_EMULATOR_HOST/)
    })
  })

  describe('the build', () => {
    it('is stale where a source of what is deployed is newer, or there is none', async () => {
      await put('functions/index.ts')
      await put('functions/local/dev.ts', '', 3_000)
      assert.equal(isStale(join(folder, 'functions'), join(folder, 'stamp')), true)
      const stamp = await put('stamp', '', 2_000)
      assert.equal(isStale(join(folder, 'functions'), stamp), false)
      await put('functions/fetch/item.ts', '', 2_001)
      assert.equal(isStale(join(folder, 'functions'), stamp), true)
    })
  })

  describe('the memory limit', () => {
    it('counts memory that the system cannot take back', () => {
      const status = 'VmRSS:\t  300000 kB\nRssAnon:\t  204800 kB\nRssFile:\t   80000 kB\nRssShmem:\t    1024 kB\n'
      assert.deepEqual([usedMbOf(status), usedMbOf('')], [201, 0])
    })

    it('kills a process that uses more than it has', async function () {
      if (process.platform !== 'linux') return this.skip()
      const code = 'globalThis.kept = Buffer.alloc(200 << 20, 1); setInterval(() => {}, 1e6)'
      const child = await startChild({ command: process.execPath, args: ['-e', code], env: {}, onLine: () => {} })
      const used: number[] = []
      watchMemory(child, 150, usedMb => used.push(usedMb))
      assert.deepEqual(await child.ended, { code: null, signal: 'SIGKILL' })
      assert.equal(used.length, 1)
      assert.ok(used[0]! > 150)
    })
  })
})
