import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

const FUNCTIONS = join(import.meta.dirname, '..', 'functions')

/** The rooms from the top floor down. A room imports rooms of lower floors only. */
const FLOORS = [
  ['local/tick-handler.ts', 'index.ts'],
  ['local/cli'],
  ['local/lake', 'local/forecast', 'local/validate'],
  ['local/pipeline', 'local/dev', 'local/monitor', 'local/report'],
  ['local/progress'],
  ['local/terminal'],
  ['register.ts'],
  ['wiring.ts'],
  ['entry.ts'],
  ['emulators/gcs', 'emulators/tardis', 'schedule', 'fetch', 'aggregate', 'iceberg'],
  ['services.ts', 'emulators/loopback.ts', 'emulators/latency.ts'],
  ['ledger'],
  ['tardis', 'storage', 'pubsub', 'ticks'],
  ['runtime/memory'],
  ['runtime/log'],
  ['runtime/config'],
  ['runtime'],
  ['market'],
]

describe('imports between the files of functions/', () => {
  const imports = readImports()

  it('come from a room of FLOORS, each of them', () => {
    assert.deepEqual(
      [...imports.keys()].filter(file => floorOf(file) === -1),
      [],
    )
  })

  it('go downwards or stay in their room', () => {
    const upwards = [...imports].flatMap(([file, targets]) =>
      targets
        .filter(target => roomOf(target) !== roomOf(file) && floorOf(target) <= floorOf(file))
        .map(target => `${file} imports ${target}`),
    )
    assert.deepEqual(upwards, [])
  })

  it('form no cycle', () => {
    assert.deepEqual(findCycle(imports), undefined)
  })
})

describe('the rooms of functions/', () => {
  const rooms = new Set(
    FLOORS.flat()
      .filter(room => !room.endsWith('.ts'))
      .map(room => room.split('/')[0]!),
  )
  const folders = readdirSync(FUNCTIONS, { withFileTypes: true }).filter(entry => entry.isDirectory())

  it('each have a README that begins with the name of the room', () => {
    for (const { name } of folders) {
      const text = readFileSync(join(FUNCTIONS, name, 'README.md'), 'utf8')
      assert.match(text, new RegExp(`^# ${name}: `), name)
    }
  })

  it('are all of FLOORS', () => {
    assert.deepEqual(
      folders.filter(({ name }) => !rooms.has(name)).map(({ name }) => name),
      [],
    )
  })
})

/** Each file with the files of ours that it imports, by paths below functions/. The kernel is not TypeScript. */
function readImports(): Map<string, string[]> {
  const files = readdirSync(FUNCTIONS, { recursive: true, encoding: 'utf8' })
    .map(name => name.replaceAll('\\', '/'))
    .filter(name => name.endsWith('.ts') && !name.startsWith('ticks/kernel/'))
  return new Map(files.map(file => [file, importsOf(file)]))
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(FUNCTIONS, file), 'utf8')
  const specifiers = [...text.matchAll(/(?:\bfrom |\bimport |\bimport\()'(\.[^']*)'/g)].map(match => match[1]!)
  return specifiers.map(specifier => posix.join(posix.dirname(file), specifier))
}

/** The most exact name in FLOORS that the path begins with. */
function roomOf(file: string): string | undefined {
  return FLOORS.flat()
    .filter(room => file === room || file.startsWith(`${room}/`))
    .sort((a, b) => b.length - a.length)[0]
}

function floorOf(file: string): number {
  const room = roomOf(file)
  return FLOORS.findIndex(floor => room !== undefined && floor.includes(room))
}

function findCycle(imports: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const target of imports.get(file) ?? []) {
      const cycle = visit(target, [...path, file])
      if (cycle) return cycle
    }
    done.add(file)
    return undefined
  }
  for (const file of imports.keys()) {
    const cycle = visit(file, [])
    if (cycle) return cycle
  }
  return undefined
}
