import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'

/** The tests of a source file: those of the first pattern that its path matches. */
const TESTS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/inflate|crc32/, ['kernel/inflate*', 'kernel/crc32']],
  [/parquet\//, ['parquet/{delta-*,dictionary*,nulls,plain,rle-*,sorted-*,statistics}']],
  [
    /latency|order|prices|repeats/,
    ['kernel/{latency,order,prices,repeats}', 'quality', 'quality-checks', 'quality-repeats'],
  ],
  [/utf8/, ['kernel/utf8', 'utf8']],
  [/decimal/, ['decimal']],
  [/above/, ['kernel/above', 'csv-errors']],
  [/prefix/, ['csv', 'kernel/prefix', 'record-batch', 'any-dataset']],
  [/text/, ['csv', 'kernel/{prefix,texts}', 'parquet/{statistics,delta-byte-array}', 'any-dataset']],
  [/./, ['csv', 'kernel/{prefix,rows,texts}', 'decimal', 'csv-errors', 'any-dataset']],
]
/** The tests of a file take 5 seconds of a processor at most. Those of a mutant that take this many do not end. */
const MAX_CPU_SECONDS = 14

/** The kernel's fast tests in a folder, each group in a process of its own. */
export class KernelTests {
  private readonly folder: string
  private readonly maxCpuSeconds: number

  private constructor(folder: string, maxCpuSeconds: number) {
    this.folder = folder
    this.maxCpuSeconds = maxCpuSeconds
  }

  /** @throws Error where the tests of the kernel as it is fail, because then they would notice every mutant */
  static async of(folder: string, maxCpuSeconds = MAX_CPU_SECONDS): Promise<KernelTests> {
    const tests = new KernelTests(folder, maxCpuSeconds)
    for (const [, names] of TESTS)
      if (!(await tests.#run(names))) throw new Error(`${folder}: the tests ${names.join(', ')} fail without a change`)
    return tests
  }

  /** Whether the tests of a source file pass. Tests that do not end have failed. */
  async pass(file: string): Promise<boolean> {
    return this.#run(TESTS.find(([path]) => path.test(file))![1])
  }

  /** The first failure ends the run. */
  async #run(names: readonly string[]): Promise<boolean> {
    const tests = names.flatMap(name => globSync(`test/ticks/${name}.test.ts`, { cwd: this.folder }))
    const mocha = ['node_modules/mocha/bin/mocha.js', '--no-config', '--bail', '--timeout', '60000', '--exit', ...tests]
    // A limit in seconds of the processor holds on a busy machine too.
    const command = ['-c', `ulimit -t ${this.maxCpuSeconds} && exec "$@"`, 'sh', process.execPath, ...mocha]
    const [code] = await once(spawn('sh', command, { cwd: this.folder, stdio: 'ignore' }), 'close')
    return code === 0
  }
}
