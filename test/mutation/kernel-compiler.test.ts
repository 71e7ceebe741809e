import assert from 'node:assert/strict'
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KernelCompiler } from './kernel-compiler.ts'

const ROOT = join(import.meta.dirname, '../..')
const FILE = 'functions/ticks/kernel/parquet/plain.ts'

describe('the compiler of the kernel’s mutants', () => {
  it('puts what a changed file is compiled to in place, and says whether it is other code', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kernel-compiler-'))
    try {
      await cp(join(ROOT, 'functions/ticks/kernel'), join(folder, 'functions/ticks/kernel'), { recursive: true })
      const compiler = await KernelCompiler.of(folder, ['encoder'])
      const source = await readFile(join(folder, FILE), 'utf8')
      const wasm = () => readFile(join(folder, 'functions/ticks/encoder.wasm'))

      assert.equal(await compiler.change(FILE, `${source}// a comment\n`), false)
      const original = await wasm()
      assert.equal(await compiler.change(FILE, source.replace('filled == 8', 'filled != 8')), true)
      assert.notDeepEqual(await wasm(), original)
      assert.equal(await compiler.change(FILE, source.replace('filled == 8', 'filled ==')), undefined)
      assert.equal(await compiler.change(FILE, source), false)
      assert.deepEqual(await wasm(), original)
      assert.equal(await compiler.change('functions/ticks/kernel/rows.ts', 'no code'), false)
      assert.deepEqual(await readdir(folder), ['functions'])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('refuses a kernel that does not compile', async () => {
    const folder = join(tmpdir(), 'no-such-checkout')
    await assert.rejects(KernelCompiler.of(folder), /no-such-checkout: the kernel's reader as it is does not compile/)
  })
})
