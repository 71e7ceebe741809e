/**
 * Runs the test files with mocha, a few neighbours per process, as many processes at once as there are processors, and adds
 * up their counts. No process grows with the number of files, and a process that crashes fails its own files alone.
 *
 *     node test/run.ts [GLOB …]      without a GLOB: all of test/
 *
 * Exit code 0 only if there are tests and all of them pass. FILES_PER_PROCESS (8) set to 1 runs each file alone. A process
 * that does not end is killed after MAX_PROCESS_SECONDS (600), and counts as failed.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, sep } from 'node:path'

const MODULES = join(import.meta.dirname, '../node_modules')
const MOCHA = join(MODULES, 'mocha/lib/cli/cli.js')
/**
 * V8 would let garbage pile up, and glibc keep eight arenas per processor: a process stays below 700 MB with these. Modules
 * are compiled once, not once per file, which saves a sixth of the time.
 */
const NODE_OPTIONS = ['--max-old-space-size=256']
const ENV = { MALLOC_ARENA_MAX: '2', NODE_COMPILE_CACHE: join(MODULES, '.cache/node') }

/** Loading mocha and the modules of a room takes longer than most files' tests: neighbours share it. */
const FILES_PER_PROCESS = Number(process.env.FILES_PER_PROCESS ?? 8)

/** Far longer than any process takes. Whatever a test leaves open keeps its process alive for ever. */
const MAX_PROCESS_SECONDS = Number(process.env.MAX_PROCESS_SECONDS ?? 600)

interface ProcessEnd {
  /** The files, as they are shown. */
  readonly files: string
  readonly output: string
  readonly passing: number
  readonly failing: number
  readonly pending: number
}

async function runFiles(group: readonly string[]): Promise<ProcessEnd> {
  const files = group.join(' ')
  const child = spawn(process.execPath, [...NODE_OPTIONS, MOCHA, ...group], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...ENV },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (output += text))
  let isEndless = false
  const limit = setTimeout(() => {
    isEndless = true
    child.kill('SIGKILL')
    // A process that the test started may hold them open.
    for (const stream of [child.stdout, child.stderr]) stream.destroy()
  }, MAX_PROCESS_SECONDS * 1000)
  const [code, signal] = await once(child, 'close')
  clearTimeout(limit)
  if (isEndless)
    output += `\n  ${files}: killed, did not end within ${MAX_PROCESS_SECONDS} s: a test leaves something open\n`
  const count = (word: string) => Number(new RegExp(`^ {2}(\\d+) ${word}`, 'm').exec(output)?.[1] ?? 0)
  const [passing, failing, pending] = [count('passing'), count('failing'), count('pending')]
  if (code === 0 || failing > 0) return { files, output, passing, failing, pending }
  output += `\n  ${files}: mocha ended with ${signal ?? code} and no failing test, expected 0\n`
  return { files, output, passing, failing: 1, pending }
}

/** Neighbours in one group, those of different rooms apart: they load different modules. */
function groupsOf(files: readonly string[]): string[][] {
  const roomOf = (file: string) => file.split(sep).slice(0, 2).join(sep)
  const groups: string[][] = []
  for (const file of files) {
    const last = groups.at(-1)
    if (last && last.length < FILES_PER_PROCESS && roomOf(last[0]!) === roomOf(file)) last.push(file)
    else groups.push([file])
  }
  return groups
}

const globs = process.argv.slice(2)
// The converter's tests take longest. They come last in the alphabet and start first here.
const files = globSync(globs.length > 0 ? globs : 'test/**/*.test.ts')
  .sort()
  .reverse()
const startedMs = performance.now()
const ends: ProcessEnd[] = []
const next = groupsOf(files).values()
const worker = async () => {
  for (const group of next) {
    const end = await runFiles(group)
    ends.push(end)
    if (end.failing === 0) process.stdout.write(`\n${end.files}\n${end.output.trimEnd()}\n`)
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, worker))

const failed = ends.filter(end => end.failing > 0)
for (const { files, output } of failed) process.stdout.write(`\nFAILED ${files}\n${output.trimEnd()}\n`)
const total = (of: 'passing' | 'failing' | 'pending') => ends.reduce((sum, end) => sum + end[of], 0)
const seconds = Math.round((performance.now() - startedMs) / 1000)
process.stdout.write(`\n  ${total('passing')} passing (${seconds}s), ${files.length} files\n`)
if (total('pending') > 0) process.stdout.write(`  ${total('pending')} pending\n`)
if (failed.length > 0)
  process.stdout.write(`  ${total('failing')} failing: ${failed.map(({ files }) => files).join(', ')}\n`)
process.exitCode = failed.length === 0 && total('passing') > 0 ? 0 : 1
