import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Oracle, readText } from '../../support/csv-oracle.ts'
import { toParquet } from '../../support/dataset.ts'
import { hostileDatasets } from '../../support/hostile.ts'
import { eachEngine, FILE_ENGINES } from '../engines.ts'
import { matrix } from '../matrix.ts'
import { rowsOf } from '../rows.ts'

const FIXTURES = new URL('../../fixtures/datasets/', import.meta.url)

interface Case {
  readonly what: string
  readonly dataType: string
  readonly text: string
}

const fixtures: Case[] = readdirSync(FIXTURES)
  .filter(name => name.endsWith('.csv'))
  .map(name => {
    return { what: name, dataType: name.split('.')[0]!, text: readFileSync(new URL(name, FIXTURES), 'utf8') }
  })
const hostile: Case[] = hostileDatasets().map(({ what, dataType, text }) => {
  return { what: `${dataType} with ${what}`, dataType, text }
})

describe('odd datasets: unusual numbers, texts, columns and nulls', () => {
  let folder: string
  const oracles = new Map<string, Oracle>()
  const cells = matrix('dataset')

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'engines-odd-'))
    for (const [at, { what, dataType, text }] of [...fixtures, ...hostile].entries()) {
      const { parquet } = await toParquet(gzipSync(text), { dataType })
      oracles.set(what, readText(text, dataType))
      await writeFile(join(folder, `${at}.parquet`), parquet)
    }
  })
  after(async () => {
    cells.print()
    await rm(folder, { recursive: true, force: true })
  })

  eachEngine(FILE_ENGINES, cells, (name, engine) => {
    for (const [at, { what }] of [...fixtures, ...hostile].entries())
      it(what, async () => {
        const { columns } = oracles.get(what)!
        const source = { files: [join(folder, `${at}.parquet`)] }
        const found = await engine().rows(
          source,
          columns.map(({ header, name, type }) => ({ header, name, type })),
          [],
        )
        assert.deepEqual(found, rowsOf(columns.map(({ values }) => values)))
        cells.set(what, name, 'right')
      })
  })
})
