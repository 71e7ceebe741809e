import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { sampleSource } from '../../functions/emulators/tardis/sample-source.ts'
import { startTardisServer, type TardisServer } from '../../functions/emulators/tardis/server.ts'
import { COMMANDS } from '../../functions/local/cli/commands/table.ts'
import { PROGRAM } from '../../functions/local/cli/help.ts'
import { callMain } from '../local/cli/cli.ts'
import { startPubSubServer } from '../support/pubsub-server.ts'
import { openDuckDb } from '../support/readers/duckdb.ts'
import { COLUMNS, recordAlone } from './record.ts'
import { plainText, textOf } from './terminal-svg.ts'
import { recordWalk, WALK } from './walk.ts'

const ROOT = join(import.meta.dirname, '../..')
const README = readFileSync(join(ROOT, 'README.md'), 'utf8')
/** The commands that a person copies; `.ci/run` runs the first block, which has no language. */
const BLOCKS = [...README.matchAll(/^```sh\n(.*?)^```/gms)].map(match => match[1]!)
const commands = (name: string) =>
  BLOCKS.flatMap(block => block.split(/\n(?=\S)/)).filter(line => line.startsWith(name))

describe('README.md', () => {
  let server: TardisServer
  let cwd: string
  before(async () => {
    server = await startTardisServer({ source: sampleSource({ dates: ['2024-08-01'], rowsPerFile: 1000 }) })
    cwd = await mkdtemp(join(tmpdir(), 'readme-'))
  })
  after(async () => {
    await server.close()
    await rm(cwd, { recursive: true, force: true })
  })

  const run = (line: string, more: Record<string, string> = {}) => {
    const env = { TARDIS_API_URL: server.apiUrl, TARDIS_DATASETS_URL: server.datasetsUrl, LOG_LEVEL: 'warn', ...more }
    return callMain(line.slice(PROGRAM.length).trim().split(/\s+/), { cwd, env })
  }

  it('has no command that this test does not run', () => {
    const known = [PROGRAM, 'duckdb -c']
    const lines = BLOCKS.flatMap(block => block.trimEnd().split(/\n(?=\S)/))
    assert.deepEqual(
      lines.filter(line => !known.some(name => line.startsWith(name))),
      [],
    )
    assert.equal(lines.length, 5)
  })

  it('downloads, shows the state and queries with the commands as they stand', async function () {
    const [download, status] = commands(PROGRAM)
    const downloaded = await run(download!)
    assert.equal(downloaded.code, 0, downloaded.stdout)
    const checked = await run(status!)
    assert.equal(checked.code, 0, checked.stdout)
    assert.match(checked.stdout, /^1 of 1 venue-day complete$/m)
    using duckDb = await openDuckDb(this)
    const [trades, manifests] = await Promise.all(commands('duckdb').map(line => duckDb.query(sqlOf(line, cwd))))
    assert.ok(trades!.length > 0)
    assert.deepEqual(
      manifests!.map(({ venue, status }) => [venue, status]),
      [['binance-futures', 'complete']],
    )
  })

  it('publishes a backfill with the command as it stands', async () => {
    const pubsub = await startPubSubServer()
    try {
      const { code, stderr } = await run(commands(`${PROGRAM} backfill`)[0]!, {
        PUBSUB_EMULATOR_HOST: pubsub.host,
        // Nobody answers there: the sample server has not these venues.
        TARDIS_API_URL: 'http://127.0.0.1:9',
      })
      assert.equal(code, 0, stderr)
      assert.match(stderr, /^published \d+ requests in /m)
    } finally {
      await pubsub.close()
    }
  })

  it('lists the commands that there are', () => {
    const listed = [...README.matchAll(/^\| `(\w[\w-]*)[^`]*` +\|/gm)].map(match => match[1]!)
    assert.deepEqual(listed.sort(), COMMANDS.map(({ name }) => name).sort())
  })

  it('never has a package installed from a registry under the name of this one', () => {
    for (const [line] of README.matchAll(/.*\bnpx\b.*/g)) assert.match(line!, /npx --no tick-handler/)
  })

  it('links to files and headings that are there, as do the READMEs below it', () => {
    const files = globSync('{*.md,{functions,infra,test}/**/*.md}', { cwd: ROOT })
    assert.ok(files.includes('README.md'))
    for (const file of files) {
      const text = readFileSync(join(ROOT, file), 'utf8')
      for (const [, link] of text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
        const [path, heading] = link!.split('#')
        const target = path ? join(ROOT, dirname(file), path) : join(ROOT, file)
        assert.ok(existsSync(target), `${file} links to ${link}`)
        if (heading) assert.ok(headingsOf(target).includes(heading), `${file} links to ${link}`)
      }
    }
  })

  it('has a picture of what the demo prints today (npm run picture draws it)', async () => {
    const { code, output } = await recordAlone(['demo'])
    assert.equal(code, 0)
    const drawn = new Set(textOf(readFileSync(join(import.meta.dirname, 'terminal.svg'), 'utf8')).map(shape))
    const from = output.findIndex(line => line.includes('venue '))
    const shown = output.slice(
      from,
      output.findIndex(line => line.includes('Query with DuckDB')),
    )
    for (const line of shown.map(shape).filter(Boolean)) assert.ok(drawn.has(line), line)
  })

  it('has pictures of a new user’s way to the first chart, in under ten commands that run as they stand', async () => {
    assert.ok(Object.values(WALK).flat().length < 10)
    for (const [name, steps] of Object.entries(await recordWalk())) {
      const svg = readFileSync(join(import.meta.dirname, `${name}.svg`), 'utf8')
      const drawn = new Set(textOf(svg).map(shape))
      for (const { line, code, output } of steps) {
        assert.equal(code, 0, `${line}: ${output.join('\n')}`)
        const end = output.findIndex(one => one.includes('Query with DuckDB'))
        const shown = (end === -1 ? output : output.slice(0, end)).map(shape).filter(Boolean)
        assert.ok(shown.length > 3, line)
        for (const one of shown) assert.ok(drawn.has(one) || one.length > COLUMNS - 10, `${name}: ${one}`)
      }
    }
  })
})

/** A line without colours, figures and the spaces that depend on them. */
function shape(line: string): string {
  const figures = /\d[\d.,]*( [kMG]?B| s)?/g
  return plainText(line).replace(figures, '#').replace(/\s+/g, ' ').trim()
}

function headingsOf(path: string): string[] {
  const headings = [...readFileSync(path, 'utf8').matchAll(/^#+ (.*)$/gm)].map(match => match[1]!)
  return headings.map(text =>
    text
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

/** A real shell takes the line apart, with DuckDB's library in place of its program. */
function sqlOf(line: string, cwd: string): string {
  const sql = execFileSync('sh', ['-c', `duckdb() { printf %s "$2"; }; ${line}`], { encoding: 'utf8' })
  return sql.replaceAll("'data/", `'${cwd}/data/`)
}
