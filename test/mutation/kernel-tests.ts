import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'

/** The tests of a source file: those of the first pattern that its path matches. */
const TESTS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/inflate|crc32/, ['kernel/inflate*', 'kernel/crc32']],
  [/parquet\//, ['parquet/{delta-*,dictionary,nulls,plain,rle-*,statistics}']],
  [
    /latency|order|prices|repeats/,
    ['kernel/{latency,order,prices,repeats}', 'quality', 'quality-checks', 'quality-repeats'],
  ],
  [/utf8/, ['kernel/utf8', 'utf8']],
  [/./, ['decimal', 'csv', 'csv-errors', 'any-dataset', 'record-batch', 'parquet/statistics', 'kernel/utf8']],
]
/** Tests that take this many times as long as with the kernel as it is, and MIN_TIMEOUT_MS more, do not end. */
const TIMEOUT_FACTOR = 6
const MIN_TIMEOUT_MS = 10_000

/** The kernel's fast tests in a folder, each group in a process of its own. */
export class KernelTests {
  private readonly folder: string
  private readonly timeoutsMs = new Map<RegExp, number>()

  private constructor(folder: string) {
    this.folder = folder
  }

  /** @throws Error where the tests of the kernel as it is fail, because then they would notice every mutant */
  static async of(folder: string): Promise<KernelTests> {
    const tests = new KernelTests(folder)
    for (const [path, names] of TESTS) {
      const startedMs = performance.now()
      if (!(await tests.#run(names, 600_000))) throw new Error(`${folder}: the tests ${names} fail without a change`)
      tests.timeoutsMs.set(path, MIN_TIMEOUT_MS + TIMEOUT_FACTOR * (performance.now() - startedMs))
    }
    return tests
  }

  /** Whether the tests of a source file pass. Tests that do not end have failed. */
  async pass(file: string): Promise<boolean> {
    const [path, names] = TESTS.find(([pattern]) => pattern.test(file))!
    return this.#run(names, this.timeoutsMs.get(path)!)
  }

  /** The first failure ends the run. */
  async #run(names: readonly string[], timeout: number): Promise<boolean> {
    const tests = names.flatMap(name => globSync(`test/ticks/${name}.test.ts`, { cwd: this.folder }))
    const args = ['node_modules/mocha/bin/mocha.js', '--no-config', '--bail', '--timeout', '60000', '--exit', ...tests]
    const options = { cwd: this.folder, stdio: 'ignore', timeout, killSignal: 'SIGKILL' } as const
    const [code] = await once(spawn(process.execPath, args, options), 'close')
    return code === 0
  }
}
