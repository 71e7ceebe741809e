import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asyncBufferFromFile, parquetMetadataAsync } from 'hyparquet'
import { KNOWN_DATA_TYPES } from '../../../../functions/market/names.ts'
import { callMain, runCli } from '../cli.ts'

describe('tick-handler demo', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'demo-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  it('makes files of all data types without an account, shows rows of one, and says how to go on', async () => {
    // No address but its own may be used: there is nothing at these.
    const env = {
      TARDIS_API_URL: 'http://127.0.0.1:9',
      TARDIS_DATASETS_URL: 'http://127.0.0.1:9',
      GCS_BUCKET: 'not-mine',
    }
    const { code, stdout, stderr } = await runCli(['demo'], { cwd: folder, env })
    assert.equal(code, 0)
    assert.match(stderr, /^(\S+ INFO .*\n)?$/)
    for (const dataType of KNOWN_DATA_TYPES) assert.match(stdout, new RegExp(`^ {2}${dataType} +[1-9]`, 'm'))
    assert.match(stdout, /First rows of \.\/demo\/ticks\/data_type=trades\/\S+\.parquet \([\d,]+ rows, /)
    assert.match(stdout, /^ {2}exchange +symbol +timestamp +local_timestamp +id +side +price +amount$/m)
    assert.match(stdout, /^ {2}binance +\w+ +2024-08-01T\d\d:\d\d:\d\d\.\d{6}Z /m)
    assert.deepEqual(await readdir(folder), ['demo'])
    assert.deepEqual((await readdir(join(folder, 'demo'))).sort(), ['.tick-handler', '_iceberg', '_ledger', 'ticks'])
  })

  it('marks each file as generated in its metadata, which readers can see', async () => {
    const names = await readdir(join(folder, 'demo/ticks'), { recursive: true })
    const files = names.filter(name => name.endsWith('.parquet'))
    assert.ok(files.length > 20)
    for (const name of files) {
      const { key_value_metadata: pairs } = await parquetMetadataAsync(
        await asyncBufferFromFile(join(folder, 'demo/ticks', name)),
      )
      assert.equal(pairs?.find(({ key }) => key === 'tick-handler.generated')?.value, 'true', name)
    }
  })

  it('says the second time that everything is there already', async () => {
    const { code, stdout } = await callMain(['demo'], { cwd: folder })
    assert.equal(code, 0)
    assert.match(stdout, /Everything was complete already: nothing downloaded\./)
  })

  it('is complete to status', async () => {
    const { code, stdout } = await callMain(['status', '--data-dir', 'demo', '--json'], { cwd: folder })
    assert.equal(code, 0)
    assert.equal(JSON.parse(stdout).statuses.complete, 3)
  })

  it('has nothing that speaks against its data', async () => {
    const { code, stdout } = await callMain(['status', '--data-dir', 'demo', '--json', '--fail-on', 'degraded'], {
      cwd: folder,
    })
    assert.equal(code, 0)
    const days: { condition: string; reasons: object[] }[] = JSON.parse(stdout).venueDays
    assert.deepEqual(
      days.map(({ condition, reasons }) => [condition, reasons]),
      Array(3).fill(['available', []]),
    )
  })
})
