/** StrykerJS: installed below CACHE at the first run, because nothing else needs it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync } from 'node:fs'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, matchesGlob } from 'node:path'
import type { Part } from './rooms.ts'
import { type MutationReport, onlyFiles, withoutStaticSurvivors } from './score.ts'

const ROOT = join(import.meta.dirname, '../..')
const CACHE = join(ROOT, 'node_modules/.cache/mutation')
/** StrykerJS, and the runner beside it, which imports from it. */
const INSTALLED = join(CACHE, 'stryker')
const STRYKER = join(INSTALLED, 'node_modules/@stryker-mutator/core/bin/stryker.js')
/** How StrykerJS runs our tests. */
const RUNNER = 'mocha-runner.mjs'
const RUNNER_PARTS = [RUNNER, 'coverage.mjs', 'evaluations.mjs']

/**
 * The work of the first two is done in other processes, where no mutant is active. The third measures memory over many
 * megabytes, the fourth time: it takes minutes where a mutant is slow. Those of ticks work in another process, or read with
 * other people's engines what the tests beside them read quickly. They would cost minutes and notice little.
 */
const LEFT_OUT = [
  'test/storage/folder/kill.test.ts',
  'test/fetch/many-batches.test.ts',
  'test/fetch/slow-bucket.test.ts',
  'test/tardis/excerpt-time.test.ts',
  'test/ticks/{cookbook,fidelity,import,pruning,query}.test.ts',
]

/** Ends with the signal, and all processes that it started with it. @throws Error where it does not end with 0 */
async function run(command: string, args: readonly string[], signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted()
  // A group of its own can be killed whole. Without a signal it stays in ours, so that Ctrl-C ends it.
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], detached: !!signal })
  const kill = () => child.pid && process.kill(-child.pid, 'SIGKILL')
  signal?.addEventListener('abort', kill)
  const [code] = await once(child, 'close')
  signal?.removeEventListener('abort', kill)
  signal?.throwIfAborted()
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}`)
}

export async function install(signal?: AbortSignal): Promise<void> {
  await mkdir(INSTALLED, { recursive: true })
  for (const file of ['package.json', 'package-lock.json', ...RUNNER_PARTS])
    await copyFile(join(import.meta.dirname, file), join(INSTALLED, file))
  if (!existsSync(STRYKER)) await run('npm', ['ci', '--prefix', INSTALLED, '--no-audit', '--no-fund'], signal)
}

/** Tests the mutants of a part of a room, those that have not changed since the last run by what it found. */
export async function testPart({ room, files }: Part, folder: string): Promise<MutationReport> {
  const incrementalFile = join(CACHE, `${room.replaceAll('/', '-')}.incremental.json`)
  if (existsSync(incrementalFile)) {
    const before = JSON.parse(await readFile(incrementalFile, 'utf8'))
    await writeFile(incrementalFile, JSON.stringify(withoutStaticSurvivors(before)))
  }
  const mutate = [files, '!functions/ticks/kernel/**']
  const report = await testMutants(room, folder, { mutate, incremental: true, incrementalFile })
  return onlyFiles(report, file => matchesGlob(file, files))
}

/** Tests all mutants of a part by these tests alone: a mutant that they do not notice may be noticed by another one. */
export async function testPartBy(tests: string, { room, files }: Part, folder: string): Promise<MutationReport> {
  const mochaFiles = globSync(tests, { cwd: ROOT })
  if (mochaFiles.length === 0) throw new Error(`--tests ${tests}: found no such file, expected a glob from ${ROOT}`)
  return testMutants(room, folder, { mutate: [files, '!functions/ticks/kernel/**'], mochaFiles })
}

/** Tests the mutants of these lines (`file.ts:3-5`), which are all of one room. */
export async function testLines(
  room: string,
  folder: string,
  mutate: readonly string[],
  signal: AbortSignal,
): Promise<MutationReport> {
  return testMutants(room, folder, { mutate }, signal)
}

async function testMutants(room: string, folder: string, what: object, signal?: AbortSignal): Promise<MutationReport> {
  const name = room.replaceAll('/', '-')
  const fileName = join(CACHE, `${name}.json`)
  const configFile = join(folder, `${name}.json`)
  const config = {
    testRunner: 'mocha-12',
    plugins: [join(INSTALLED, RUNNER)],
    mochaFiles: globSync(`test/${room}/**/*.test.ts`, { cwd: ROOT, exclude: LEFT_OUT }),
    coverageAnalysis: 'perTest',
    dryRunTimeoutMinutes: 30,
    // The runner ends a test that waits, much sooner and without a new process. This is for code that never ends.
    timeoutMS: 60_000,
    timeoutFactor: 8,
    reporters: process.stderr.isTTY ? ['json', 'progress'] : ['json'],
    jsonReporter: { fileName },
    // Below node_modules, where StrykerJS would put it, Node does not run TypeScript.
    tempDirName: join(folder, name),
    // StrykerJS reads this file with an API that TypeScript 7 does not have, and goes on without it.
    tsconfigFile: 'no-tsconfig.json',
    ignorePatterns: ['dist', 'infra', 'test/mutation'],
    disableTypeChecks: false,
    // Mutants in code that runs at import take an evaluation each. They are tested all the same.
    warnings: { slow: false },
    allowConsoleColors: false,
    logLevel: 'warn',
    ...what,
  }
  await writeFile(configFile, JSON.stringify(config))
  await run(process.execPath, [STRYKER, 'run', configFile], signal)
  return JSON.parse(await readFile(fileName, 'utf8'))
}
