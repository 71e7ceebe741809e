import assert from 'node:assert/strict'
import { encodeDocument } from '../../../functions/ledger/document.ts'
import { openLedger } from '../../../functions/ledger/ledger.ts'
import { type ManifestItem, manifest } from '../../../functions/ledger/manifest.ts'
import { checkBucket } from '../../../functions/local/report/bucket-check.ts'
import { readVenueDays } from '../../../functions/local/report/venue-days.ts'
import { daysFrom } from '../../../functions/market/days.ts'
import { ABSENT } from '../../../functions/storage/bucket.ts'
import { dataObjectName, manifestName } from '../../../functions/storage/names.ts'
import { MemoryBucket } from '../../support/memory-bucket.ts'
import { manifestOf } from './fixtures.ts'

const PARQUET = { contentType: 'application/vnd.apache.parquet' }
const ITEMS = [
  { dataType: 'quotes', symbol: 'BTC-PERPETUAL' },
  { dataType: 'trades', symbol: 'BTC-PERPETUAL' },
  { dataType: 'trades', symbol: '币安' },
]

describe('checkBucket', () => {
  let bucket: MemoryBucket
  let lists: string[]
  /** Further than the manifests that are read at once. */
  const dates = daysFrom('2024-07-20', '2024-08-20')

  const put = async (name: string, content: string) => {
    const before = await bucket.stat(name)
    const written = await bucket.write(name, Buffer.from(content), before?.generation ?? ABSENT, PARQUET)
    assert.equal(written.outcome, 'committed')
    return written.outcome === 'committed' ? written.object : assert.fail()
  }
  const nameOf = (date: string, at: number) => dataObjectName('ticks', { venue: 'deribit', date, ...ITEMS[at]! })

  beforeEach(async () => {
    bucket = new MemoryBucket()
    for (const date of dates) {
      const items: ManifestItem[] = []
      for (const [at, item] of ITEMS.entries()) {
        const { name, generation, bytes, crc32c } = await put(nameOf(date, at), `${date} ${at}`)
        items.push({ ...item, status: 'stored', object: name, generation, bytes, crc32c, rows: 1 })
      }
      const name = manifestName('ticks', { venue: 'deribit', date })
      const document = manifestOf({ venue: 'deribit', date }, 'complete', items)
      await bucket.write(name, encodeDocument(manifest, name, document), ABSENT, PARQUET)
    }
    lists = []
    bucket.hook = ({ operation, name, when }) => void (operation === 'list' && when === 'before' && lists.push(name))
  })

  const check = async (asked: readonly string[] = dates) => {
    const ledger = openLedger(bucket, 'ticks')
    const recorded = await readVenueDays(
      ledger,
      asked.map(date => ({ venue: 'deribit', date })),
    )
    return await checkBucket(recorded, { bucket, ledger, prefix: 'ticks' })
  }
  const problems = async () =>
    (await check()).flatMap(({ date, status, problems }) =>
      problems.map(({ dataType, symbol, status: problem }) => `${date} ${status} ${dataType} ${symbol} ${problem}`),
    )

  it('finds nothing where the bucket holds what is recorded, with one list per data type', async () => {
    assert.deepEqual(await problems(), [])
    assert.deepEqual(lists.sort(), [
      'ticks/data_type=quotes/venue=deribit/date=2024-0',
      'ticks/data_type=trades/venue=deribit/date=2024-0',
    ])
  })

  it('finds an object that is gone, of another size, or of the same size and written again', async () => {
    bucket.delete(nameOf('2024-07-20', 0))
    await put(nameOf('2024-08-01', 1), 'longer than before')
    await put(nameOf('2024-08-20', 2), 'x'.repeat('2024-08-20 2'.length))
    assert.deepEqual(await problems(), [
      '2024-07-20 incomplete quotes BTC-PERPETUAL gone',
      '2024-08-01 incomplete trades BTC-PERPETUAL changed',
      '2024-08-20 incomplete trades 币安 changed',
    ])
  })

  it('says of each which object it is and what is wrong with it', async () => {
    bucket.delete(nameOf('2024-08-01', 0))
    await put(nameOf('2024-08-01', 1), 'longer than before')
    const [report] = await check(['2024-08-01'])
    assert.deepEqual(
      report!.problems.map(({ error }) => error),
      [`${nameOf('2024-08-01', 0)} is not there`, `${nameOf('2024-08-01', 1)} has 18 bytes, recorded are 12 bytes`],
    )
  })

  it('takes the same content written again, as by restoring a folder, for what it is', async () => {
    await put(nameOf('2024-08-01', 1), '2024-08-01 1')
    assert.deepEqual(await problems(), [])
  })

  it('ignores objects that no manifest records, and days that were not requested', async () => {
    await put('ticks/data_type=trades/venue=deribit/date=2024-08-01/ZZZ.parquet', 'a stranger')
    await put('ticks/data_type=trades/venue=deribit/date=2024-08-01x/BTC-PERPETUAL.parquet', 'a stranger')
    bucket.delete(nameOf('2024-08-02', 0))
    const reports = await check(['2024-08-01', '2024-08-03'])
    assert.deepEqual(
      reports.map(({ status }) => status),
      ['complete', 'complete'],
    )
  })

  it('leaves a manifest that cannot be read to the ledger, which writes it again', async () => {
    const name = manifestName('ticks', { venue: 'deribit', date: '2024-08-01' })
    const { data } = (await bucket.read(name))!
    await put(
      name,
      Buffer.from(data).toString().replace('"rows":1,', '"rows":"many",').replace('"rows":1}', '"rows":"many"}'),
    )
    await assert.rejects(openLedger(bucket, 'ticks').readManifest({ venue: 'deribit', date: '2024-08-01' }))
    const [report] = await check(['2024-08-01'])
    assert.deepEqual(report!.problems, [])
  })
})
