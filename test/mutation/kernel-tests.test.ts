import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { KernelTests } from './kernel-tests.ts'

const ROOT = join(import.meta.dirname, '../..')
/** One test of each group. */
const NAMES = ['kernel/inflate', 'parquet/plain', 'kernel/order', 'kernel/utf8', 'kernel/above', 'decimal', 'csv']
const PASSES = "it('passes', () => {})\n"

describe('the tests of the kernel’s mutants', () => {
  let folder: string
  const put = (name: string, text: string) => writeFile(join(folder, `test/ticks/${name}.test.ts`), text)

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kernel-tests-'))
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    for (const name of NAMES) {
      await mkdir(dirname(join(folder, 'test/ticks', name)), { recursive: true })
      await put(name, PASSES)
    }
  })

  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('are those of the file, and have failed where they do not end', async () => {
    const tests = await KernelTests.of(folder, 2)
    await put('kernel/order', "it('fails', () => { throw new Error('order') })\n")
    await put('csv', "it('does not end', () => { while (true); })\n")
    const files = ['prices.ts', 'utf8.ts', 'cells.ts']
    const found: boolean[] = []
    for (const file of files) found.push(await tests.pass(`functions/ticks/kernel/${file}`))
    assert.deepEqual(found, [false, true, false])
  })

  it('must pass without a change', async () => {
    await put('kernel/inflate', "it('fails', () => { throw new Error('inflate') })\n")
    await assert.rejects(KernelTests.of(folder), /the tests kernel\/inflate\*, kernel\/crc32 fail without a change$/)
  })
})
