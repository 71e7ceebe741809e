import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Where } from '../engine.ts'
import { pythonOf, skipLoudly, withoutJava, withoutMaven } from '../engines.ts'
import { columnsOf, Oracle } from '../oracle.ts'
import { type SampleLake, sampleLake } from '../sample-lake.ts'

const TEXT = readFileSync(new URL('../../../functions/iceberg/COOKBOOK.md', import.meta.url), 'utf8')
const PROGRAMS = [...TEXT.matchAll(/^## (.+)\n[^#]*?^```python\n([\s\S]*?)^```/gm)].map(([, heading, program]) => ({
  heading: heading!,
  program: program!,
}))
const DAY = '2024-08-01'
const QUESTION: Where = [
  ['exchange', '=', 'binance-futures'],
  ['symbol', '=', 'BTCUSDT'],
  ['local_timestamp', '>=', Date.parse(`${DAY}T09:00:00Z`) * 1000],
  ['local_timestamp', '<', Date.parse(`${DAY}T10:00:00Z`) * 1000],
]
/** The extension comes from Python's index here: `engines/duckdb_.py` loads it. */
const DUCKDB = `import sys; sys.path.insert(0, ${JSON.stringify(new URL('../python', import.meta.url).pathname)})
import duckdb; from engines.duckdb_ import serve
duckdb.sql = lambda text, served=serve(): None if text.startswith("INSTALL") else served.connection.execute(text)
`

describe('COOKBOOK.md of the tables', () => {
  let lake: SampleLake
  let expected: unknown[]
  before(async function () {
    const python = pythonOf(this)
    lake = await sampleLake([DAY], ['trades'])
    await lake.download(DAY, DAY)
    await lake.refresh()
    await using oracle = new Oracle(python)
    await oracle.version()
    const { rows, columns } = await oracle.rows(lake.filesOf('trades').map(lake.urlOf), columnsOf('trades'), QUESTION)
    expected = [rows, columns.price!.low, columns.price!.high]
  })
  after(() => lake?.[Symbol.asyncDispose]())

  it('has no program that this test does not run', () => {
    assert.equal(PROGRAMS.length, 6)
    assert.equal(TEXT.match(/^```(?=\w)/gm)?.length, PROGRAMS.length)
  })

  for (const { heading, program } of PROGRAMS)
    it(heading, async function () {
      const java = heading === 'Spark' ? withoutJava() : undefined
      if (java) return skipLoudly(this, heading, java)
      const before = heading === 'DuckDB' ? DUCKDB : ''
      const after = 'import json\nprint("RESULT", json.dumps([float(value) for value in result]))'
      const cwd = `${lake.folder}`
      const running = promisify(execFile)(pythonOf(this), ['-c', `${before}${program}${after}`], { cwd })
      const { stdout } = await running.catch((error: Error & { stderr: string }) => {
        const maven = heading === 'Spark' ? withoutMaven(error.stderr) : undefined
        if (maven === undefined) throw error
        return skipLoudly(this, heading, maven)
      })
      const [, found] = /^RESULT (.*)$/m.exec(stdout)!
      assert.ok(Number(expected[0]) > 0)
      assert.deepEqual(JSON.parse(found!), expected)
    })
})
