/** StrykerJS: installed below CACHE at the first run, because nothing else needs it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync } from 'node:fs'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join, matchesGlob } from 'node:path'
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

/**
 * Code that runs for each byte, and its tests. To count which tests of the room reach it takes minutes, so its mutants have
 * a run of their own, with these tests alone.
 */
const PER_BYTE: Readonly<Record<string, string>> = {
  'functions/storage/crc32c.ts': 'test/storage/crc32c.test.ts',
  'functions/tardis/json-members.ts': 'test/tardis/json-members.test.ts',
}

/** Tests the mutants of a part of a room, those that have not changed since the last run by what it found. */
export async function testPart({ room, files }: Part, folder: string): Promise<MutationReport> {
  const perByte = Object.keys(PER_BYTE).filter(file => matchesGlob(file, files))
  const reports: MutationReport[] = []
  if (!perByte.includes(files)) {
    const others = ['functions/ticks/kernel/**', ...perByte].map(file => `!${file}`)
    reports.push(await testKept(room, folder, [files, ...others]))
  }
  for (const file of perByte) {
    const name = basename(file, '.ts')
    reports.push(await testKept(`${room}/${name}`, folder, [file], [PER_BYTE[file]!]))
  }
  const whole = Object.assign({}, ...reports.map(report => report.files)) as MutationReport['files']
  return onlyFiles({ files: whole }, file => matchesGlob(file, files))
}

async function testKept(name: string, folder: string, mutate: readonly string[], tests = testsOf(name)) {
  const incrementalFile = join(CACHE, `${name.replaceAll('/', '-')}.incremental.json`)
  if (existsSync(incrementalFile)) {
    const before = JSON.parse(await readFile(incrementalFile, 'utf8'))
    await writeFile(incrementalFile, JSON.stringify(withoutStaticSurvivors(before)))
  }
  return testMutants(name, folder, tests, { mutate, incremental: true, incrementalFile })
}

function testsOf(room: string): readonly string[] {
  return globSync(`test/${room}/**/*.test.ts`, { cwd: ROOT, exclude: LEFT_OUT })
}

/** Tests all mutants of a part by these tests alone: a mutant that they do not notice may be noticed by another one. */
export async function testPartBy(tests: string, { room, files }: Part, folder: string): Promise<MutationReport> {
  const mochaFiles = globSync(tests, { cwd: ROOT })
  if (mochaFiles.length === 0) throw new Error(`--tests ${tests}: found no such file, expected a glob from ${ROOT}`)
  return testMutants(room, folder, mochaFiles, { mutate: [files, '!functions/ticks/kernel/**'] })
}

/** Tests the mutants of these lines (`file.ts:3-5`), which are all of one room. */
export async function testLines(
  room: string,
  folder: string,
  mutate: readonly string[],
  signal: AbortSignal,
): Promise<MutationReport> {
  return testMutants(room, folder, testsOf(room), { mutate }, signal)
}

async function testMutants(
  of: string,
  folder: string,
  mochaFiles: readonly string[],
  what: object,
  signal?: AbortSignal,
): Promise<MutationReport> {
  const name = of.replaceAll('/', '-')
  const fileName = join(CACHE, `${name}.json`)
  const configFile = join(folder, `${name}.json`)
  const config = {
    testRunner: 'mocha-12',
    plugins: [join(INSTALLED, RUNNER)],
    mochaFiles,
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
    ignorePatterns: ['dist', 'infra/**/*', '!infra/README.md', 'test/mutation'],
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
