import assert from 'node:assert/strict'
import { globSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { decodeManifestFile } from '../../../functions/iceberg/manifest-file.ts'
import { decodeManifestList } from '../../../functions/iceberg/manifest-list.ts'
import { decodeTableMetadata } from '../../../functions/iceberg/table-metadata.ts'
import { type SampleLake, sampleLake } from '../../engines/sample-lake.ts'

const DATE = '2024-08-01'

/** The files of the newest snapshot whose size is not what the table says, and how many are copies. */
function look({ folder }: SampleLake) {
  const table = join(folder, 'data/_iceberg/trades/metadata')
  const version = readFileSync(join(table, 'version-hint.text'), 'utf8')
  const metadata = decodeTableMetadata('table', readFileSync(join(table, `v${version}.metadata.json`)))
  const list = decodeManifestList(readFileSync(metadata.snapshots.at(-1)!.manifestListUri))
  const files = list.flatMap(({ uri }) => decodeManifestFile(readFileSync(uri)))
  return {
    files: files.length,
    copies: files.filter(({ uri }) => uri.includes('/_iceberg/')).length,
    wrong: files.filter(({ uri, bytes }) => readFileSync(uri).length !== bytes).map(({ uri }) => uri),
    plain: globSync('data/ticks/**/*.parquet', { cwd: folder }).length,
  }
}

describe('download of what tables name', () => {
  let lake: SampleLake
  beforeEach(async () => {
    lake = await sampleLake([DATE], ['trades'], 300)
    await lake.download(DATE, DATE)
    await lake.refresh()
  })
  afterEach(() => lake[Symbol.asyncDispose]())

  it('with --force leaves a table of copies, and a refresh one of the new files', async () => {
    const before = look(lake)
    assert.ok(before.files > 0 && before.copies === 0)
    lake.changeData(DATE)
    await lake.download(DATE, DATE, '--force')
    assert.deepEqual(look(lake), { ...before, copies: before.files })
    await lake.refresh()
    assert.deepEqual(look(lake), before)
  })

  it('with --force replaces at once where there are no tables, and leaves nothing below _iceberg but the queue', async () => {
    rmSync(join(lake.folder, 'data/_iceberg'), { recursive: true })
    lake.changeData(DATE)
    await lake.download(DATE, DATE, '--force')
    const left = globSync('data/_iceberg/**/*.*', { cwd: lake.folder })
    assert.deepEqual(
      left.filter(name => !name.includes('_queue')),
      [],
    )
  })
})
