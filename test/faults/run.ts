import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { columns } from './report.ts'

/**
 * All proofs, the longest first; each is a program of its own. Arguments name the sections to run, all of them without a
 * name. `--runs=N` goes to each section: so many random courses instead of the number in full.
 */
const SECTIONS: Readonly<Record<string, string>> = {
  kills: './kill/run-kills.ts',
  model: './model/run-model.ts',
  table: './run-table.ts',
  planted: './model/planted-bugs.ts',
  tables: './tables/run-model.ts',
  'tables-planted': './tables/planted-bugs.ts',
  'tables-forced': './tables/run-forced.ts',
  'tables-forced-planted': './tables/forced-bugs.ts',
  'tables-kills': './tables/run-kills.ts',
  'tables-forced-kills': './tables/run-forced-kills.ts',
  fuzz: './fuzz/run-fuzz.ts',
  'dead-letter': './dead-letter/run-dead-letter.ts',
  rivals: './run-rivals.ts',
}
const AT_ONCE = 2
/** What takes longer has come to a stop, on the slowest of machines too. */
const MAX_MS = 60 * 60_000

interface SectionEnd {
  readonly name: string
  readonly output: string
  readonly code: number | null
  readonly seconds: number
}

async function run(name: string, path: string): Promise<SectionEnd> {
  const startedMs = performance.now()
  const child = spawn(process.execPath, [fileURLToPath(new URL(path, import.meta.url)), ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  // The whole group, for what a section has started holds its output open.
  const guard = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), MAX_MS)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(guard)
  return { name, output, code, seconds: (performance.now() - startedMs) / 1000 }
}

const { values, positionals: wanted } = parseArgs({ options: { runs: { type: 'string' } }, allowPositionals: true })
const options = values.runs === undefined ? [] : [`--runs=${values.runs}`]
const unknown = wanted.filter(name => !(name in SECTIONS))
if (unknown.length > 0)
  throw new Error(`no section ${unknown.join(', ')}; there are ${Object.keys(SECTIONS).join(', ')}`)
const waiting = Object.entries(SECTIONS).filter(([name]) => wanted.length === 0 || wanted.includes(name))
const ends: SectionEnd[] = []
const startedMs = performance.now()
const next = waiting[Symbol.iterator]()
const worker = async () => {
  for (const [name, path] of next) {
    const end = await run(name, path)
    ends.push(end)
    console.log(`\n== ${name} (${end.seconds.toFixed(0)} s) ==\n${end.output.trimEnd()}`)
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, worker))

const counts = ends.map(({ output }) => /: (\d+) passed, (\d+) failed\s*$/.exec(output)?.slice(1).map(Number))
const rows = ends.map(({ name, code, seconds }, at) => {
  const [passed = 0, failed = 0] = counts[at] ?? []
  return [name, `${passed}`, `${failed}`, `${seconds.toFixed(0)} s`, code === 0 ? 'ok' : 'FAILED']
})
console.log(`\n${columns([['section', 'passed', 'failed', 'took', ''], ...rows])}`)
const sum = (at: 0 | 1) => counts.reduce((total, one) => total + (one?.[at] ?? 0), 0)
// A section that died has no counts.
const died = ends.filter((end, at) => end.code !== 0 && !counts[at]?.[1]).length
console.log(`${sum(0)} passed, ${sum(1) + died} failed, in ${((performance.now() - startedMs) / 1000).toFixed(0)} s`)
if (ends.some(({ code }) => code !== 0)) process.exitCode = 1
