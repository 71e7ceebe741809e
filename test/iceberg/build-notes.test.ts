import assert from 'node:assert/strict'
import { isBuilt, knownDays, noteBegun, noteBuilt, refreshTables } from '../../functions/iceberg/refresh.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'
import { DATE, lakeOf, manifestOf, PREFIX, record } from './lake.ts'

const BUILD = '_iceberg/_build.json'

describe('the first build of the tables', () => {
  let bucket: MemoryBucket
  beforeEach(() => {
    bucket = new MemoryBucket()
  })
  const writes = () => {
    const names: string[] = []
    bucket.hook = ({ operation, name, when }) => {
      if (operation === 'write' && when === 'before') names.push(name)
    }
    return names
  }
  const built = () => JSON.parse(Buffer.from(bucket.contents().get(BUILD)!).toString())

  it('goes through the venue-days of the ledger in order, and through no other folder', async () => {
    for (const name of [
      'venue=okex/date=2024-01-01/plan.json',
      'venue=binance/date=2024-01-02/plan.json',
      'venue=binance/date=2024-01-01/plan.json',
      'venue=binance/date=2024-02-30/plan.json',
      'venue=Binance/date=2024-01-01/plan.json',
      'venue=binance/notes/plan.json',
    ])
      bucket.plant(`_ledger/${name}`, Buffer.from('{}'), '1')
    assert.deepEqual(await knownDays(bucket, PREFIX), [
      { venue: 'binance', date: '2024-01-01' },
      { venue: 'binance', date: '2024-01-02' },
      { venue: 'okex', date: '2024-01-01' },
    ])
  })

  it('is noted as begun once, and as complete once', async () => {
    const services = lakeOf(bucket)
    assert.equal(await isBuilt(bucket, PREFIX), false)
    const names = writes()
    await noteBegun(services)
    await noteBegun(services)
    assert.equal(await isBuilt(bucket, PREFIX), false)
    assert.deepEqual(names, [BUILD])
    await noteBuilt(services)
    await noteBuilt(services)
    assert.equal(await isBuilt(bucket, PREFIX), true)
    assert.deepEqual(names, [BUILD, BUILD])
  })

  it('notes the last venue-day of each commit, and takes up there', async () => {
    const days = ['2024-01-01', '2024-01-02', '2024-01-03'].map(date => ({ venue: 'binance', date }))
    for (const day of days) await record(bucket, manifestOf(day, [{ symbols: ['A'] }]))
    let commits = 0
    const isOver = () => commits++ === 2
    const first = await refreshTables(lakeOf(bucket), { daysPerCommit: 1, isOver })
    assert.deepEqual([first.isDone, first.days], [false, 2])
    assert.deepEqual([built().done, built().isDone], [days[1], false])
    const second = await refreshTables(lakeOf(bucket), { daysPerCommit: 1 })
    assert.deepEqual([second.isDone, second.days], [true, 1])
    assert.deepEqual([built().done, built().isDone], [days[2], true])
  })

  it('keeps the note of another writer, and goes on with its own venue-days', async () => {
    await record(bucket, manifestOf({ venue: 'binance', date: DATE }, [{ symbols: ['A'] }]))
    const rival = { schemaVersion: 1, done: { venue: 'okex', date: '2024-01-05' }, isDone: false }
    let isPlanted = false
    bucket.hook = ({ operation, name, when }) => {
      if (operation !== 'write' || name !== BUILD || when !== 'before' || isPlanted) return
      isPlanted = true
      bucket.plant(BUILD, Buffer.from(JSON.stringify(rival)), '9')
    }
    const done = await refreshTables(lakeOf(bucket))
    assert.equal(done.isDone, true)
    assert.deepEqual([built().done, built().isDone], [rival.done, true])
  })
})
