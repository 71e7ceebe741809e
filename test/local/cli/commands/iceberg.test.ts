import assert from 'node:assert/strict'
import { existsSync, globSync } from 'node:fs'
import { mkdtemp, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeManifestFile } from '../../../../functions/iceberg/manifest-file.ts'
import { callMain } from '../cli.ts'

describe('tick-handler table', () => {
  let cwd: string
  before(async () => {
    cwd = await realpath(await mkdtemp(join(tmpdir(), 'table-')))
    assert.equal((await callMain(['demo', '--quiet'], { cwd })).code, 0)
  })
  after(() => rm(cwd, { recursive: true, force: true }))

  const table = (...args: string[]) => callMain(['table', ...args], { cwd })

  it('says that there are none yet, and what makes them, with exit code 1', async () => {
    const { code, stdout } = await table('status', 'demo')
    assert.deepEqual(
      [code, stdout],
      [1, 'No tables in demo.\n\nTables: not complete yet: tick-handler table refresh adds what is missing.\n'],
    )
  })

  it('makes a table for each data type over all stored files with rows, by absolute paths', async () => {
    const { code, stdout, stderr } = await table('refresh', 'demo')
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /^3 venue-days with \d+ files in \d+\.\d s, [\d,]+ entries\/s; 9 commits\.\n$/)
    const named = new Set<string>()
    for (const name of globSync('demo/_iceberg/*/metadata/*-m0.avro', { cwd })) {
      for (const { uri } of decodeManifestFile(await readFile(join(cwd, name)))) named.add(uri)
    }
    const { files } = JSON.parse((await callMain(['files', 'demo', '--json'], { cwd })).stdout)
    const withRows = files.filter(({ rows }: { rows: number }) => rows > 0)
    assert.deepEqual(
      [...named].sort(),
      withRows.map(({ object }: { object: string }) => join(cwd, 'demo', object)).sort(),
    )
    assert.equal((await table('refresh', 'demo')).stdout, 'The tables are up to date.\n')
  })

  it('prints what the tables have, with exit code 0', async () => {
    const { code, stdout } = await table('status', 'demo')
    assert.equal(code, 0)
    assert.match(
      stdout,
      /^trades: [\d,]+ rows in 6 files, .*, metadata .*\n {2}\/.*\/demo\/_iceberg\/trades\n {2}version 1 of /m,
    )
    assert.match(stdout, /^ {2}deribit +2024-08-01 +2024-08-01 +1 +2 +1,\d{3}$/m)
    assert.match(stdout, /\nTables: up to date with the manifests\.\n$/)
    const document = JSON.parse((await table('status', 'demo', '--json')).stdout)
    assert.deepEqual([document.where, document.isBuilt, document.queued, document.tables.length], ['demo', true, 0, 9])
  })

  it('verifies them, and makes them anew after the folder was moved', async () => {
    assert.deepEqual(
      (await table('verify', 'demo')).stdout,
      '23 data files: the tables agree with the manifests and the bucket.\n',
    )
    await rename(join(cwd, 'demo'), join(cwd, 'moved'))
    const moved = await table('verify', 'moved')
    assert.equal(moved.code, 1)
    assert.match(moved.stderr, /expected an address below .*\/moved\/: after a move run table rebuild/)
    assert.match((await table('rebuild', 'moved')).stdout, /^3 venue-days with 23 files in .*; 9 commits\.\n$/)
    assert.equal((await table('verify', 'moved')).code, 0)
    await rm(join(cwd, 'moved/ticks/data_type=trades/venue=deribit'), { recursive: true })
    const { code, stdout } = await table('verify', 'moved')
    assert.equal(code, 1)
    assert.match(stdout, /^trades: ticks\/.* is recorded with \d+ bytes, but is not in the bucket$/m)
    assert.match(stdout, /^23 data files: 2 faults\.$/m)
  })

  it('names a table that cannot be read, what to do, and shows the others', async () => {
    await writeFile(join(cwd, 'moved/_iceberg/trades/metadata/version-hint.text'), '77')
    const why = '_iceberg/trades/metadata/version-hint.text names a version that is not there; table rebuild makes'
    const status = await table('status', 'moved')
    assert.equal(status.code, 1)
    assert.match(status.stdout, new RegExp(`^trades: cannot be read: ${why} the table anew$`, 'm'))
    assert.match(status.stdout, /^quotes: [\d,]+ rows in /m)
    const verified = await table('verify', 'moved')
    assert.equal(verified.code, 1)
    assert.match(verified.stdout, new RegExp(`^trades: ${why} the table anew\n17 data files: 1 fault\\.$`, 'm'))
  })

  for (const action of ['refresh', 'status', 'verify', 'rebuild'])
    it(`${action} says that a folder is not there, and does not make it`, async () => {
      const { code, stdout, stderr } = await table(action, 'typo')
      assert.deepEqual([code, stdout, stderr], [1, '', 'tick-handler: no tables in typo: there is no such folder\n'])
      assert.equal(existsSync(join(cwd, 'typo')), false)
    })

  it('refuses other actions, with all faults at once', async () => {
    const { code, stderr } = await table('drop', 'demo', 'x')
    assert.equal(code, 2)
    assert.match(stderr, /unexpected argument "drop", expected refresh, status, verify, rebuild/)
    assert.match(stderr, /unexpected argument "x"/)
    assert.match((await table()).stderr, /no action, expected refresh, status, verify, rebuild/)
  })
})
