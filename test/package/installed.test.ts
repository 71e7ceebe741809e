import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import type { PackageJson } from '../../infra/package.ts'
import { hyparquetMetadata } from '../support/readers/hyparquet.ts'
import { sampleOf } from '../support/sample-text.ts'
import { type InstalledPackage, installPackage, NoRegistry } from './installed.ts'

const ROOT = join(import.meta.dirname, '../..')
const EXAMPLES = readFileSync(join(ROOT, 'functions/ticks/EXAMPLES.md'), 'utf8')
const ROWS = 2_000
const dataset = gzipSync(sampleOf('trades', ROWS))
const run = promisify(execFile)

/** The programs of a document, by the heading above each. */
function programs(markdown: string): Map<string, string> {
  const sections = markdown.split(/^## /m).map(section => /^(.*)\n[\s\S]*?^```ts\n([\s\S]*?)^```/m.exec(section))
  return new Map(sections.flatMap(found => (found ? [[found[1]!, found[2]!]] : [])))
}

describe('the package, installed into an empty folder', function () {
  this.timeout(240_000)
  let installed: InstalledPackage

  before(async function () {
    try {
      installed = await installPackage()
    } catch (error) {
      if (!(error instanceof NoRegistry)) throw error
      process.stderr.write(`\n  !! NOT TESTED: the installed package\n  !! ${error.message}\n\n`)
      this.skip()
    }
    await writeFile(join(installed.folder, 'BTCUSDT.csv.gz'), dataset)
  })
  after(() => installed?.[Symbol.asyncDispose]())

  /** Runs a TypeScript program beside the package and returns what it prints. */
  async function runProgram(text: string): Promise<string> {
    await writeFile(join(installed.folder, 'program.ts'), text)
    const { stdout, stderr } = await run(process.execPath, ['program.ts'], { cwd: installed.folder })
    assert.equal(stderr, '')
    return stdout
  }

  async function typeCheck(text: string): Promise<string> {
    await writeFile(join(installed.folder, 'checked.ts'), text)
    const options = ['--module', 'nodenext', '--target', 'es2024', '--strict', '--noEmit', '--skipLibCheck']
    const args = [join(ROOT, 'node_modules/typescript/bin/tsc'), ...options, '--types', 'node', 'checked.ts']
    return await run(process.execPath, args, { cwd: installed.folder }).then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    )
  }

  const command = (...args: string[]) => run('npx', ['--no', 'tick-handler', ...args], { cwd: installed.folder })

  it('holds what runs and its types, and neither sources nor tests', () => {
    const strangers = installed.files.filter(
      path =>
        !/^dist\/.*\.(js|d\.ts|wasm)$|^functions\/local\/launcher\.js$|^[^/]+\.md$|^functions\/ticks\/EXAMPLES\.md$|^LICENSE$|^package\.json$/.test(
          path,
        ),
    )
    assert.deepEqual(strangers, [])
    for (const path of [
      'functions/local/launcher.js',
      'dist/ticks/index.js',
      'dist/ticks/index.d.ts',
      'dist/ticks/reader.wasm',
    ])
      assert.ok(installed.files.includes(path), path)
    assert.ok(installed.tarballBytes < 1 << 20, `found ${installed.tarballBytes} bytes, expected less than 1 MiB`)
  })

  it('brings no devDependency', () => {
    const { devDependencies }: PackageJson = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    const names = Object.keys(devDependencies as object).filter(name => !name.startsWith('@types/'))
    assert.deepEqual(
      names.filter(name => existsSync(join(installed.folder, 'node_modules', name))),
      [],
    )
  })

  it('has types that a program is checked against', async () => {
    const program = `
      import { Readable } from 'node:stream'
      import { convert, type ConvertResult, readRecordBatches, schemaFor } from 'market-data-tick-handler'
      const result: ConvertResult = await convert(Readable.from([]), { write: async () => {} }, { dataType: 'trades' })
      const rows: number = result.rows
      for await (const batch of readRecordBatches(new Blob([]).stream(), { dataType: 'trades' })) batch.getChild('id')
      schemaFor('trades').fields.map(field => field.name.length)
      // @ts-expect-error
      const text: string = rows
      // @ts-expect-error
      await convert(Readable.from([]), { write: async () => {} }, {})
      // @ts-expect-error
      await convert(1, { write: async () => {} }, { dataType: 'trades' })
      // @ts-expect-error
      schemaFor('trades').fields[0].nonsense
      export { text }`
    assert.equal(await typeCheck(program), '')
  })

  it('cannot be entered but by its front door', async () => {
    const inner = "await import('market-data-tick-handler/dist/index.js').catch(error => console.log(error.code))"
    assert.equal(await runProgram(inner), 'ERR_PACKAGE_PATH_NOT_EXPORTED\n')
  })

  describe('runs the programs of EXAMPLES.md, which type-check:', () => {
    const amounts = sampleOf('trades', ROWS)
      .trimEnd()
      .split('\n')
      .slice(1)
      .map(row => Number(row.split(',').at(-1)))
    const expected: Readonly<Record<string, (output: string) => void>> = {
      'A file to Parquet': output => assert.match(output, /^2000 rows in \d+ bytes of Parquet\n$/),
      'An HTTP stream to Parquet': output => assert.match(output, /^2000 rows, source sha256 [0-9a-f]{64}\n$/),
      'Arrow record batches': output =>
        assert.match(
          output,
          /^exchange, symbol, .*amount\n2000 rows from \S+, the first one a (buy|sell) at [\d.]+\n$/,
        ),
      'The sum of a column, without a copy': output =>
        assert.equal(output, `sum ${amounts.reduce((sum, amount) => sum + amount, 0)}\n`),
    }
    const examples = programs(EXAMPLES)

    it('each of them', () => assert.deepEqual([...examples.keys()], Object.keys(expected)))

    for (const [heading, program] of examples)
      it(heading, async () => {
        const server = createServer((_request, response) => response.end(dataset)).listen(0, '127.0.0.1')
        await once(server, 'listening')
        const { port } = server.address() as AddressInfo
        try {
          assert.equal(await typeCheck(program), '')
          const parquet = join(installed.folder, 'BTCUSDT.parquet')
          await rm(parquet, { force: true })
          expected[heading]!(
            await runProgram(program.replace('https://datasets.tardis.dev/', `http://127.0.0.1:${port}/`)),
          )
          if (program.includes('BTCUSDT.parquet'))
            assert.equal(hyparquetMetadata(await readFile(parquet)).num_rows, BigInt(ROWS))
        } finally {
          server.close()
        }
      })
  })

  it('runs the command: demo, then status and report of what it made', async () => {
    const demo = await command('demo', '--data-dir', './made')
    assert.match(demo.stdout, /complete/)
    const { stdout } = await command('status', '--data-dir', './made', '--json')
    assert.match(stdout, /"status": ?"complete"/)
    await command('report', './made', '--out', 'report.html')
    assert.match(await readFile(join(installed.folder, 'report.html'), 'utf8'), /uPlot[\s\S]*function startReport\(/)
  })

  it('says in one line how to get DuckDB, which `query` needs and the package does not bring', async () => {
    await assert.rejects(command('query', 'SELECT 1'), {
      code: 1,
      stdout: '',
      stderr: 'tick-handler: query needs DuckDB, which is optional: npm install --no-save @duckdb/node-api\n',
    })
  })
})

describe('the command', () => {
  const launcher = join(ROOT, 'functions/local/launcher.js')

  it('runs from the sources of a checkout', async () => {
    const { version }: PackageJson = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    const { stdout } = await run(process.execPath, [launcher, '--version'])
    assert.ok(stdout.includes(version), stdout)
  })

  it('names the Node that it needs where it finds an older one', async () => {
    for (const version of ['20.20.2', '24.8.0']) {
      const pretend = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'${version}'})`
      await assert.rejects(run(process.execPath, ['--import', pretend, launcher]), {
        code: 2,
        stdout: '',
        stderr: new RegExp(`needs Node 24\\.9 or newer, found ${version.replaceAll('.', '\\.')}`),
      })
    }
  })
})
