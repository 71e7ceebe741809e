/**
 * Mutants of the kernel, which is AssemblyScript and so out of StrykerJS's reach: each is compiled and given to the kernel's
 * fast tests, in a copy of the checkout. A mutant that compiles to the same WebAssembly is none.
 */
import { globSync } from 'node:fs'
import { cp, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { KernelCompiler } from './kernel-compiler.ts'
import { type Mutant, mutantsOf, mutated } from './kernel-mutants.ts'
import { KernelTests } from './kernel-tests.ts'
import type { MutationReport } from './score.ts'

const KERNEL = 'functions/ticks/kernel'

/**
 * @param root the checkout
 * @param folder an empty one, for the copy
 * @param share 10 takes every tenth mutant
 */
export async function testKernel(root: string, folder: string, share: number): Promise<MutationReport> {
  for (const part of ['functions', 'test', 'package.json', 'tsconfig.json'])
    await cp(join(root, part), join(folder, part), { recursive: true })
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  const compiler = await KernelCompiler.of(folder)
  const tests = await KernelTests.of(folder)
  const files: Record<string, { source: string; mutants: MutationReport['files'][string]['mutants'][number][] }> = {}
  let count = 0
  for (const file of globSync(`${KERNEL}/**/*.ts`, { cwd: folder }).sort()) {
    const source = await readFile(join(folder, file), 'utf8')
    const mutants = []
    for (const mutant of mutantsOf(source).filter(() => count++ % share === 0)) {
      const status = await statusOf(compiler, tests, file, mutated(source, mutant))
      mutants.push({ mutatorName: 'kernel', status, replacement: mutant.replacement, location: placeOf(mutant) })
    }
    files[file] = { source, mutants }
  }
  return { files }
}

export async function statusOf(
  compiler: KernelCompiler,
  tests: KernelTests,
  file: string,
  source: string,
): Promise<string> {
  const isOther = await compiler.change(file, source)
  if (isOther === undefined) return 'CompileError'
  if (!isOther) return 'Ignored'
  return (await tests.pass(file)) ? 'Survived' : 'Killed'
}

function placeOf({ line, start, end }: Mutant) {
  return { start: { line: line + 1, column: start + 1 }, end: { line: line + 1, column: end + 1 } }
}
