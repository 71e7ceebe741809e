import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { columns, conclude, numberArgument } from '../report.ts'

/** A change of the sources: file, what stands there, what is put in its place. */
type Change = readonly [file: string, from: string, to: string]

interface Bug {
  readonly name: string
  readonly changes: readonly Change[]
  /** The sentence of the promise that it breaks. */
  readonly breaks: RegExp
}

const BUGS: readonly Bug[] = [
  { name: 'none (the sources as they are)', changes: [], breaks: /^$/ },
  {
    name: 'receipt before data',
    changes: [
      [
        'functions/fetch/transfer.ts',
        'return await commit(writer, facts, writtenBytes, deadline.signal)',
        `void commit(writer, facts, writtenBytes, deadline.signal).catch(() => {})
         writer = undefined
         const object = { name: target.object, generation: '1700000000000001', bytes: writtenBytes, crc32c: 'AAAAAA==' }
         return { kind: 'committed', object, facts }`,
      ],
    ],
    breaks: /data before receipt/,
  },
  {
    name: 'unconditional manifest write',
    changes: [
      [
        'functions/ledger/update.ts',
        'bucket.write(name, data, found?.object.generation ?? ABSENT, write)',
        `bucket.write(name, data, name.endsWith('manifest.json') ? '*' : (found?.object.generation ?? ABSENT), write)`,
      ],
      [
        'test/support/memory-bucket.ts',
        'if ((present?.generation ?? ABSENT) !== expected) {',
        `if (expected !== '*' && (present?.generation ?? ABSENT) !== expected) {`,
      ],
    ],
    breaks: /lost/,
  },
  {
    name: 'ack before publish',
    changes: [
      [
        'functions/fetch/run-batch.ts',
        'await services.publisher.publish(services.config.completionsTopic, name, { signal })',
        'void services.publisher.publish(services.config.completionsTopic, name, { signal }).catch(() => {})',
      ],
    ],
    breaks: /lost/,
  },
  {
    name: 'upgrade of what is current',
    changes: [
      [
        'functions/fetch/item.ts',
        "if ('olderThan' in again) return converterVersion >= again.olderThan",
        "if ('olderThan' in again) return false",
      ],
    ],
    breaks: /converted again without being asked to/,
  },
  {
    name: 'asking on after a refusal',
    changes: [
      ['functions/fetch/batch.ts', 'while (!takingOn.expired && !guard.inForce()) {', 'while (!takingOn.expired) {'],
    ],
    breaks: /keeps asking a vendor that refuses/,
  },
  {
    name: 'a refused batch hands on its rest',
    changes: [['functions/fetch/run-batch.ts', 'handedOn: blocked ? 0 : countUntried', 'handedOn: countUntried']],
    breaks: /does not come to an end/,
  },
  {
    name: 'a request closed before its end',
    changes: [
      ['functions/ledger/request.ts', 'const found = open ?? addDays(downTo, -1)', 'const found = addDays(downTo, -1)'],
    ],
    breaks: /closed before its days were complete|lost/,
  },
  {
    name: 'a request not resumed after a refusal',
    changes: [
      ['functions/ledger/request.ts', "(acknowledgedUntilOf(block) ?? '') > lastRoundAt || nowMs", 'false && nowMs'],
    ],
    breaks: /starved/,
  },
  {
    name: 'an outage that rejects messages to its end',
    changes: [['functions/fetch/vendor-down.ts', 'block === undefined || acknowledges(block)', 'block === undefined']],
    breaks: /uses up the deliveries/,
  },
  {
    name: 'a failed call of a venue-day that is rejected all the same',
    changes: [
      [
        'functions/fetch/handler.ts',
        'if (!waits || !block) throw error',
        'if (!waits || !(error instanceof VendorRefusedError)) throw error',
      ],
    ],
    breaks: /uses up the deliveries/,
  },
]

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
/** All that the model needs. */
const COPIED = ['package.json', 'functions', 'test/faults', 'test/fetch', 'test/support']

interface Found {
  readonly failed: boolean
  readonly text: string
}

/** Runs the model in a copy of the sources with these changes. */
async function runCopy(changes: readonly Change[], runs: number): Promise<Found> {
  const copy = await mkdtemp(join(tmpdir(), 'planted-'))
  try {
    for (const part of COPIED) await cp(join(ROOT, part), join(copy, part), { recursive: true })
    await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
    for (const change of changes) await plant(copy, change)
    const args = [join(copy, 'test/faults/model/run-model.ts'), `--runs=${runs}`, '--seed=1']
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

const runs = numberArgument('runs', 2_000)
const ends = await Promise.all(
  BUGS.map(async ({ name, changes, breaks }) => {
    const { failed, text } = await runCopy(changes, runs)
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
