import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { columns, conclude } from './report.ts'

/** A change of the sources: file, what stands there, what is put in its place. */
type Change = readonly [file: string, from: string, to: string]

export interface Bug {
  readonly name: string
  readonly changes: readonly Change[]
  /** The sentence of the promise that it breaks. */
  readonly breaks: RegExp
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** All that the models need. */
const COPIED = ['package.json', 'functions', 'test/faults', 'test/fetch', 'test/iceberg', 'test/support']

interface Found {
  readonly failed: boolean
  readonly text: string
}

/** Runs a model's program in a copy of the sources with these changes. */
async function runCopy(program: string, changes: readonly Change[], runs: number): Promise<Found> {
  const copy = await mkdtemp(join(tmpdir(), 'planted-'))
  try {
    for (const part of COPIED) await cp(join(ROOT, part), join(copy, part), { recursive: true })
    await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
    for (const change of changes) await plant(copy, change)
    const args = [join(copy, program), `--runs=${runs}`, '--seed=1']
    return await promisify(execFile)(process.execPath, args).then(
      ({ stdout }) => ({ failed: false, text: stdout }),
      ({ stdout }: { stdout: string }) => ({ failed: true, text: stdout }),
    )
  } finally {
    await rm(copy, { recursive: true })
  }
}

async function plant(copy: string, [file, from, to]: Change): Promise<void> {
  const path = join(copy, file)
  const text = await readFile(path, 'utf8')
  if (text.split(from).length !== 2) throw new Error(`${file}: expected exactly one ${JSON.stringify(from)}`)
  await writeFile(path, text.replace(from, to))
}

/**
 * Runs a model over the sources as they are and with each bug, in copies, and prints what it found.
 * @param program the model, by its path in the repository; it takes `--runs` and `--seed`
 */
export async function findPlanted(program: string, bugs: readonly Bug[], runs: number): Promise<void> {
  const ends = await Promise.all(
    bugs.map(async ({ name, changes, breaks }) => {
      const { failed, text } = await runCopy(program, changes, runs)
      const [, after = ''] = /^(\d+) random/m.exec(text) ?? []
      const [, what = text.trim()] = /^a broken invariant: (.*)$/m.exec(text) ?? []
      const right = changes.length === 0 ? !failed : failed && breaks.test(what)
      const shown = failed ? what.slice(0, what.indexOf(' {')) : 'nothing is broken'
      return {
        right,
        cells: [name, failed ? `found after ${after}` : `${after} courses`, shown, right ? 'ok' : 'FAILED'],
      }
    }),
  )
  console.log(columns([['planted in a copy', 'courses', 'what the model says', ''], ...ends.map(({ cells }) => cells)]))
  const passed = ends.filter(({ right }) => right).length
  conclude('planted bugs', { passed, failed: ends.length - passed })
}
