/**
 * Makes small wrong changes (mutants) in the rooms that decide what users lose, one at a time, and runs the tests that
 * reach them. A mutant that no test notices has survived.
 *
 *     npm run test:mutation [-- ROOM …]           without a ROOM: all of ROOMS
 *     npm run test:mutation -- ROOM/PATH          a folder or a file of a room
 *     npm run test:mutation -- ROOM/PATH --tests GLOB    only by these tests: quick, and what it finds is not kept
 *     npm run test:mutation -- kernel[/N]         the kernel in WebAssembly; with N every Nth mutant
 *     npm run test:mutation -- --changes FILE     the lines that the diff in FILE touches, in at most MAX_CHANGE_SECONDS
 *
 * Prints the survivors, then a table by room. Exit code 0 only if every room reaches MIN_SCORE. Results of rooms are kept
 * below node_modules/.cache, so the next run tests only what has changed. A change needs MIN_CHANGE_SCORE in each room, or
 * at most MAX_CHANGE_SURVIVORS. Where it cannot be tested, a line says why, and it counts as pending.
 */
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { changedLines } from './changes.ts'
import { EQUIVALENTS } from './equivalents/index.ts'
import { testKernel } from './kernel.ts'
import { partOf, ROOMS } from './rooms.ts'
import { type MutationReport, type RoomScore, roomScore, scoreTable, survivorText } from './score.ts'
import { install, testLines, testPart, testPartBy } from './stryker.ts'

const ROOT = join(import.meta.dirname, '../..')
const MIN_SCORE = 90
/** A change has few mutants, and its room's score is what counts in the end. */
const MIN_CHANGE_SCORE = 75
const MAX_CHANGE_SURVIVORS = 2
const MAX_CHANGE_SECONDS = 300
const KERNEL = /^kernel(?:\/([1-9]\d*))?$/

async function scoreOf(room: string, test: () => Promise<MutationReport>): Promise<RoomScore> {
  const startedMs = performance.now()
  const score = roomScore(room, await test(), EQUIVALENTS)
  for (const survivor of score.survivors) console.log(survivorText(survivor))
  const seconds = Math.round((performance.now() - startedMs) / 1000)
  console.log(`${room}: ${score.survivors.length} of ${score.mutants} mutants survived, ${seconds} s\n`)
  return score
}

async function testOne(name: string, folder: string, tests?: string): Promise<RoomScore> {
  const part = partOf(name)
  if (part) return scoreOf(name, () => (tests ? testPartBy(tests, part, folder) : testPart(part, folder)))
  const kernel = KERNEL.exec(name)!
  const copy = await mkdtemp(join(folder, 'kernel-'))
  return scoreOf('kernel', () => testKernel(ROOT, copy, Number(kernel[1] ?? 1)))
}

async function testRooms(rooms: readonly string[], folder: string, tests?: string): Promise<boolean> {
  if (rooms.some(partOf)) await install()
  const scores: RoomScore[] = []
  for (const room of rooms) scores.push(await testOne(room, folder, tests))
  const low = scores.filter(({ score }) => score < MIN_SCORE)
  console.log(scoreTable(scores))
  console.log(`mutation: ${scores.length - low.length} passed, ${low.length} failed`)
  return low.length === 0
}

async function testChanges(diffFile: string, folder: string): Promise<boolean> {
  const changes = [...changedLines(await readFile(diffFile, 'utf8'))]
  const signal = AbortSignal.timeout(MAX_CHANGE_SECONDS * 1000)
  const scores: RoomScore[] = []
  const notTested = (why: string) => {
    const rooms = changes.slice(scores.length).map(([room]) => room)
    console.log(`\n  !! NOT TESTED: ${why}; by hand: npm run test:mutation -- ${rooms.join(' ')}\n\n  1 pending`)
  }
  if (changes.length === 0) console.log(`mutation: no line of ${ROOMS.join(', ')} has changed`)
  else if (await isInstalled(signal)) {
    try {
      for (const [room, lines] of changes)
        scores.push(await scoreOf(room, () => testLines(room, folder, lines, signal)))
    } catch (error) {
      if (!signal.aborted) throw error
      notTested(`it takes more than ${MAX_CHANGE_SECONDS} s`)
    }
    console.log(scoreTable(scores))
  } else notTested('StrykerJS cannot be installed')
  return scores.every(({ score, survivors }) => score >= MIN_CHANGE_SCORE || survivors.length <= MAX_CHANGE_SURVIVORS)
}

async function isInstalled(signal: AbortSignal): Promise<boolean> {
  try {
    await install(signal)
    return true
  } catch (error) {
    console.log(String(error))
    return false
  }
}

function isThere(name: string): boolean {
  return KERNEL.test(name) || (partOf(name) !== undefined && existsSync(join(ROOT, 'functions', name)))
}

const options = { changes: { type: 'string' }, tests: { type: 'string' } } as const
const { values, positionals: names } = parseArgs({ options, allowPositionals: true })
const unknown = values.changes === undefined ? names.filter(name => !isThere(name)) : names
if (unknown.length > 0) {
  console.error(
    `${unknown[0]}: no such room, expected one of ${ROOMS.join(', ')}, a path in one, kernel, or --changes FILE`,
  )
  process.exit(2)
}
const folder = await mkdtemp(join(tmpdir(), 'mutation-'))
try {
  const rooms = names.length > 0 ? names : ROOMS
  const isGood = await (values.changes ? testChanges(values.changes, folder) : testRooms(rooms, folder, values.tests))
  process.exitCode = isGood ? 0 : 1
} finally {
  await rm(folder, { recursive: true, force: true })
}
