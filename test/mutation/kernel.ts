/**
 * Mutants of the kernel, which is AssemblyScript and so out of StrykerJS's reach: each is compiled and given to the kernel's
 * fast tests, in a copy of the checkout. A mutant that compiles to the same WebAssembly is none.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { cp, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Mutant, mutantsOf, mutated } from './kernel-mutants.ts'
import type { MutationReport } from './score.ts'

const KERNEL = 'functions/ticks/kernel'
const PARTS = ['reader', 'encoder']
/** The tests of a source file: those of the first pattern that its path matches. */
const TESTS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/inflate|crc32/, ['kernel/inflate*', 'kernel/crc32']],
  [/parquet\//, ['parquet/{delta-*,dictionary,nulls,plain,rle-*,statistics}']],
  [/latency|order|prices|repeats/, ['kernel/{latency,order,prices,repeats}', 'quality-checks']],
  [/utf8/, ['kernel/utf8', 'utf8']],
  [/./, ['decimal', 'csv-errors', 'csv', 'parquet/statistics', 'kernel/utf8']],
]
/** A mutant that runs for longer than this has been noticed: it does not end. */
const TIMEOUT_MS = 120_000

/**
 * @param root the checkout
 * @param folder an empty one, for the copy
 * @param share 10 takes every tenth mutant
 */
export async function testKernel(root: string, folder: string, share: number): Promise<MutationReport> {
  for (const part of ['functions', 'test', 'package.json', 'tsconfig.json'])
    await cp(join(root, part), join(folder, part), { recursive: true })
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  const original = compile(folder)
  if (!original) throw new Error(`${folder}: the kernel as it is does not compile`)
  const files: Record<string, { source: string; mutants: MutationReport['files'][string]['mutants'][number][] }> = {}
  let count = 0
  for (const file of globSync(`${KERNEL}/**/*.ts`, { cwd: folder }).sort()) {
    const source = await readFile(join(folder, file), 'utf8')
    const chosen = mutantsOf(source).filter(() => count++ % share === 0)
    files[file] = { source, mutants: [] }
    for (const mutant of chosen) {
      await writeFile(join(folder, file), mutated(source, mutant))
      const status = await statusOf(folder, file, original)
      files[file].mutants.push({
        mutatorName: 'kernel',
        status,
        replacement: mutant.replacement,
        location: placeOf(mutant),
      })
    }
    await writeFile(join(folder, file), source)
  }
  return { files }
}

async function statusOf(folder: string, file: string, original: Buffer): Promise<string> {
  const bytes = compile(folder)
  if (!bytes) return 'CompileError'
  if (bytes.equals(original)) return 'Ignored'
  return (await pass(folder, file)) ? 'Survived' : 'Killed'
}

/** Both parts' WebAssembly, or nothing where the source is invalid. */
function compile(folder: string): Buffer | undefined {
  const compiled = PARTS.map(part => {
    const out = `functions/ticks/${part}.wasm`
    const args = [`${KERNEL}/${part}.ts`, '--config', `${KERNEL}/asconfig.json`, '--target', part, '-o', out]
    const { status } = spawnSync(join(folder, 'node_modules/.bin/asc'), args, { cwd: folder })
    return status === 0 ? readFileSync(join(folder, out)) : undefined
  })
  return compiled.every(part => part !== undefined) ? Buffer.concat(compiled) : undefined
}

/** Whether the file's tests pass; the first failure ends the run. */
async function pass(folder: string, file: string): Promise<boolean> {
  const [, names] = TESTS.find(([path]) => path.test(file))!
  const tests = names.flatMap(name => globSync(`test/ticks/${name}.test.ts`, { cwd: folder }))
  const args = ['node_modules/mocha/bin/mocha.js', '--no-config', '--bail', '--timeout', '60000', '--exit', ...tests]
  const child = spawn(process.execPath, args, {
    cwd: folder,
    stdio: 'ignore',
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  })
  const [code] = await once(child, 'close')
  return code === 0
}

function placeOf({ line, start, end }: Mutant) {
  return { start: { line: line + 1, column: start + 1 }, end: { line: line + 1, column: end + 1 } }
}
