/**
 * Makes small wrong changes (mutants) in the rooms that decide what users lose, one at a time, and runs the tests that
 * reach them. A mutant that no test notices has survived.
 *
 *     npm run test:mutation [-- ROOM …]      without a ROOM: all of ROOMS
 *     npm run test:mutation -- kernel[/N]    the kernel in WebAssembly; with N every Nth mutant
 *
 * Prints the survivors, then a table by room. Exit code 0 only if every room reaches MIN_SCORE. The first run installs
 * StrykerJS below CACHE. Results are kept there too, so the next run tests only what has changed.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testKernel } from './kernel.ts'
import { type RoomScore, roomScore, survivorText, withoutStaticSurvivors } from './score.ts'

const ROOT = join(import.meta.dirname, '../..')
const CACHE = join(ROOT, 'node_modules/.cache/mutation')
/** Where StrykerJS is installed, and the runner beside it, which imports from it. */
const INSTALLED = join(CACHE, 'stryker')
const STRYKER = join(INSTALLED, 'node_modules/@stryker-mutator/core/bin/stryker.js')
/** How StrykerJS runs our tests. */
const RUNNER = 'mocha-runner.mjs'
const RUNNER_PARTS = [RUNNER, 'coverage.mjs', 'evaluations.mjs']
const MIN_SCORE = 90

/** Folders below `functions/`; their tests have the same path below `test/`. */
const ROOMS = [
  'market',
  'ledger',
  'schedule',
  'aggregate',
  'fetch',
  'storage',
  'tardis',
  'iceberg',
  'pubsub',
  'runtime/config',
  'runtime/log',
  'ticks',
]

/** Its work is done in other processes, where no mutant is active, so it would cost minutes and notice nothing. */
const IN_OTHER_PROCESSES = 'test/storage/folder/kill.test.ts'

async function run(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}`)
}

async function install(): Promise<void> {
  await mkdir(INSTALLED, { recursive: true })
  for (const file of ['package.json', 'package-lock.json', ...RUNNER_PARTS])
    await copyFile(join(import.meta.dirname, file), join(INSTALLED, file))
  if (!existsSync(STRYKER)) await run('npm', ['ci', '--prefix', INSTALLED, '--no-audit', '--no-fund'])
}

async function testRoom(room: string, folder: string): Promise<RoomScore> {
  const name = room.replaceAll('/', '-')
  const reportFile = join(CACHE, `${name}.json`)
  const incrementalFile = join(CACHE, `${name}.incremental.json`)
  const configFile = join(folder, `${name}.json`)
  const config = {
    testRunner: 'mocha-12',
    plugins: [join(INSTALLED, RUNNER)],
    mochaFiles: globSync(`test/${room}/**/*.test.ts`, { cwd: ROOT, exclude: [IN_OTHER_PROCESSES] }),
    mutate: [`functions/${room}/**/*.ts`, '!functions/ticks/kernel/**'],
    coverageAnalysis: 'perTest',
    incremental: true,
    incrementalFile,
    reporters: process.stderr.isTTY ? ['json', 'progress'] : ['json'],
    jsonReporter: { fileName: reportFile },
    // Below node_modules, where StrykerJS would put it, Node does not run TypeScript.
    tempDirName: join(folder, name),
    // StrykerJS reads this file with an API that TypeScript 7 does not have, and goes on without it.
    tsconfigFile: 'no-tsconfig.json',
    ignorePatterns: ['dist', 'infra', 'test/bench', 'test/mutation'],
    disableTypeChecks: false,
    // Mutants in code that runs at import take a process each. They are tested all the same.
    warnings: { slow: false },
    allowConsoleColors: false,
    logLevel: 'warn',
  }
  await writeFile(configFile, JSON.stringify(config))
  if (existsSync(incrementalFile)) {
    const before = JSON.parse(await readFile(incrementalFile, 'utf8'))
    await writeFile(incrementalFile, JSON.stringify(withoutStaticSurvivors(before)))
  }
  await run(process.execPath, [STRYKER, 'run', configFile])
  return roomScore(room, JSON.parse(await readFile(reportFile, 'utf8')))
}

const KERNEL = /^kernel(?:\/([1-9]\d*))?$/

async function scoreOf(room: string, folder: string): Promise<RoomScore> {
  const kernel = KERNEL.exec(room)
  if (!kernel) return testRoom(room, folder)
  const copy = await mkdtemp(join(folder, 'kernel-'))
  return roomScore('kernel', await testKernel(ROOT, copy, Number(kernel[1] ?? 1)))
}

const known = (room: string) => {
  if (ROOMS.includes(room) || KERNEL.test(room)) return room
  console.error(`${room}: no such room, expected one of ${ROOMS.join(', ')}, kernel`)
  process.exit(2)
}
const asked = process.argv.slice(2).map(known)
if (asked.length === 0 || asked.some(room => ROOMS.includes(room))) await install()
const folder = await mkdtemp(join(tmpdir(), 'mutation-'))
const scores: RoomScore[] = []
try {
  for (const room of asked.length > 0 ? asked : ROOMS) {
    const startedMs = performance.now()
    const score = await scoreOf(room, folder)
    scores.push(score)
    for (const survivor of score.survivors) console.log(survivorText(survivor))
    const seconds = Math.round((performance.now() - startedMs) / 1000)
    console.log(`${room}: ${score.survivors.length} of ${score.mutants} mutants survived, ${seconds} s\n`)
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
console.log('room            mutants  caught  survived  equivalent  score')
for (const { room, mutants, caught, survivors, equivalents, score } of scores) {
  const counts = [mutants, caught, survivors.length, equivalents].map((count, at) =>
    `${count}`.padStart([7, 6, 8, 10][at]!),
  )
  console.log(`${room.padEnd(14)}  ${counts.join('  ')}  ${score.toFixed(1).padStart(5)}`)
}
const low = scores.filter(({ score }) => score < MIN_SCORE)
console.log(`mutation: ${scores.length - low.length} passed, ${low.length} failed`)
process.exitCode = low.length > 0 ? 1 : 0
