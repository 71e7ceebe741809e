import assert from 'node:assert/strict'
import { Progress } from '../../../functions/local/progress/progress.ts'

const NAME = { venue: 'binance', date: '2024-08-08', dataType: 'trades' }
const started = (symbol: string, estimatedBytes?: number) =>
  ({ kind: 'item-started', ...NAME, symbol, ...(estimatedBytes && { estimatedBytes }) }) as const
const moved = (symbol: string, sourceBytes: number) =>
  ({
    kind: 'item-progress',
    ...NAME,
    symbol,
    sourceBytes,
    textBytes: sourceBytes * 10,
    rows: sourceBytes / 10,
  }) as const
const finished = (symbol: string, sourceBytes: number, more: { status?: string; adopted?: boolean } = {}) =>
  ({
    kind: 'item-finished',
    ...NAME,
    symbol,
    status: 'stored',
    adopted: false,
    sourceBytes,
    textBytes: sourceBytes * 10,
    rows: sourceBytes / 10,
    objectBytes: sourceBytes,
    ...more,
  }) as const
const planned = (items: number, settled = 0, date = NAME.date) =>
  ({ kind: 'planned', venue: NAME.venue, date, items, settled, status: 'planned' }) as const

describe('Progress', () => {
  it('knows nothing at first, and says so', () => {
    const view = new Progress(1000).view(3000)
    assert.equal(view.elapsedMs, 2000)
    assert.deepEqual(view.items, { done: 0, total: 0, estimated: false, settledBefore: 0 })
    for (const unknown of ['share', 'leftMs', 'rates', 'venueDays'] as const) assert.equal(view[unknown], undefined)
  })

  it('is done at once where everything was complete already', () => {
    const progress = new Progress(0)
    progress.observe({ kind: 'scheduled', venueDays: 3, alreadyComplete: 3 }, 0)
    const { share, venueDays } = progress.view(10)
    assert.deepEqual(venueDays, { complete: 3, total: 3, alreadyComplete: 3 })
    assert.equal(share, 1)
  })

  it('goes by bytes once it knows some: done, estimated in work, and the mean for what waits', () => {
    const progress = new Progress(0)
    progress.observe(planned(4), 0)
    progress.observe(started('A', 100), 0)
    progress.observe(finished('A', 100), 1000)
    progress.observe(started('B', 300), 1000)
    progress.observe(moved('B', 100), 2000)
    const { share, items, leftMs, rates } = progress.view(2000)
    assert.deepEqual(items, { done: 1, total: 4, estimated: false, settledBefore: 0 })
    // 200 are done; 200 of B and twice the mean of 100 are left.
    assert.equal(share, 200 / 600)
    assert.equal(rates?.sourceBytesPerSecond, 100)
    assert.equal(leftMs, 4000)
  })

  it('counts an item that is tried again once, and its damaged transfer as moved', () => {
    const progress = new Progress(0)
    progress.observe(planned(1), 0)
    const opened = { kind: 'item-opened', ...NAME, symbol: 'A', contentLength: 100 } as const
    for (const event of [started('A', 100), opened, moved('A', 80), opened, moved('A', 100)]) progress.observe(event, 1)
    assert.equal(progress.view(2).sourceBytes, 180)
    progress.observe(finished('A', 0, { status: 'failed' }), 3)
    progress.observe(started('A', 100), 4)
    assert.deepEqual(progress.view(5).items, { done: 1, total: 1, estimated: false, settledBefore: 0 })
  })

  it('goes by the sizes in work before anything is finished', () => {
    const progress = new Progress(0)
    progress.observe(planned(4), 0)
    progress.observe(started('A', 100), 0)
    progress.observe(started('B', 300), 0)
    progress.observe(moved('A', 80), 1000)
    // 400 in work and twice their mean of 200 for the two that wait.
    assert.equal(progress.view(2000).share, 80 / 800)
  })

  it('learns from finished items how far off the guesses are', () => {
    const progress = new Progress(0)
    progress.observe(started('A', 1000), 0)
    progress.observe(finished('A', 100), 1)
    progress.observe(started('B', 500), 1)
    assert.equal(progress.view(2).inWork[0]?.totalBytes, 50)
  })

  it('estimates the items of venue-days that are not planned yet', () => {
    const progress = new Progress(0)
    progress.observe({ kind: 'scheduled', venueDays: 4, alreadyComplete: 1 }, 0)
    progress.observe(planned(10, 4), 0)
    assert.deepEqual(progress.view(0).items, { done: 0, total: 18, estimated: true, settledBefore: 4 })
  })

  it('does not count an item as done twice that failed first, nor as settled before what this run settled', () => {
    const progress = new Progress(0)
    progress.observe(planned(2), 0)
    progress.observe(started('A'), 0)
    progress.observe(finished('A', 0, { status: 'failed' }), 1)
    progress.observe(started('B'), 1)
    progress.observe(finished('B', 50), 2)
    progress.observe(planned(2, 1), 3)
    progress.observe(started('A'), 4)
    progress.observe(finished('A', 50), 5)
    const { items, byStatus, share } = progress.view(6)
    assert.deepEqual(items, { done: 2, total: 2, estimated: false, settledBefore: 0 })
    assert.deepEqual(byStatus, { failed: 0, stored: 2 })
    assert.equal(share, 1)
  })

  it('leaves stopped items undone, and taken-over objects out of what was moved', () => {
    const progress = new Progress(0)
    progress.observe(planned(2), 0)
    progress.observe(started('A'), 0)
    progress.observe(finished('A', 0, { status: 'stopped' }), 1)
    progress.observe(started('B'), 1)
    progress.observe(finished('B', 500, { adopted: true }), 2)
    const { items, sourceBytes, rows, adopted } = progress.view(3)
    assert.equal(items.done, 1)
    assert.deepEqual({ sourceBytes, rows, adopted }, { sourceBytes: 0, rows: 0, adopted: 1 })
  })

  it('counts what moved only once where an item is begun again', () => {
    const progress = new Progress(0)
    progress.observe(started('A', 100), 0)
    progress.observe(moved('A', 60), 1)
    progress.observe(moved('A', 10), 2)
    assert.equal(progress.view(3).sourceBytes, 60)
    progress.observe(finished('A', 100), 4)
    assert.equal(progress.view(5).sourceBytes, 150)
  })

  it('forgets rates that are some seconds old', () => {
    const progress = new Progress(0)
    progress.observe(started('A', 1e6), 0)
    progress.observe(moved('A', 1000), 500)
    assert.equal(progress.view(1000).rates?.sourceBytesPerSecond, 1000)
    for (let ms = 1500; ms <= 10_000; ms += 500) progress.view(ms)
    assert.equal(progress.view(10_000).rates?.sourceBytesPerSecond, 0)
  })

  it('knows no rate of rows and of text while a row group is on its way, and does once it is there', () => {
    const progress = new Progress(0)
    progress.observe(started('A', 1e6), 0)
    progress.observe({ ...moved('A', 1000), textBytes: 0, rows: 0 }, 500)
    assert.deepEqual(progress.view(1000).rates, { sourceBytesPerSecond: 1000 })
    progress.observe({ ...moved('A', 2000), textBytes: 20_000, rows: 200 }, 2000)
    assert.deepEqual(progress.view(2000).rates, {
      rowsPerSecond: 100,
      sourceBytesPerSecond: 1000,
      textBytesPerSecond: 10_000,
    })
  })

  it('never claims the end before it is there', () => {
    const progress = new Progress(0)
    progress.observe(planned(1), 0)
    progress.observe(started('A', 100), 0)
    progress.observe(moved('A', 5000), 1)
    assert.equal(progress.view(2).share, 0.999)
  })

  it('takes the size that Tardis states instead of the guess, and does not scale it', () => {
    const progress = new Progress(0)
    progress.observe(started('A', 1000), 0)
    progress.observe(finished('A', 100), 1)
    progress.observe(started('B', 500), 1)
    progress.observe({ kind: 'item-opened', ...NAME, symbol: 'B', contentLength: 777 }, 2)
    const [item] = progress.view(3).inWork
    assert.deepEqual([item?.totalBytes, item?.isGuess], [777, false])
  })

  it('counts as stored what is in the bucket: not what was given up or repeated', () => {
    const progress = new Progress(0)
    progress.observe(started('A', 100), 0)
    progress.observe(moved('A', 60), 1)
    progress.observe(finished('A', 0, { status: 'stopped' }), 2)
    progress.observe(started('A', 100), 3)
    progress.observe(moved('A', 40), 4)
    progress.observe(finished('A', 100), 5)
    progress.observe(finished('B', 100, { adopted: true }), 6)
    const { stored, sourceBytes } = progress.view(7)
    assert.deepEqual(stored, { files: 1, sourceBytes: 100, textBytes: 1000, rows: 10 })
    assert.equal(sourceBytes, 160)
  })

  it('says that it waits, for whom and how long, once nothing has come for any item for three seconds', () => {
    const progress = new Progress(0)
    progress.observe(planned(2), 0)
    progress.observe(started('A', 100), 0)
    progress.observe(started('B', 100), 0)
    progress.observe({ kind: 'item-waits', ...NAME, symbol: 'A', for: 'bucket' }, 1000)
    progress.observe(moved('B', 10), 2000)
    assert.equal(progress.view(4999).waiting, undefined)
    const view = progress.view(5000)
    assert.deepEqual(view.waiting, { for: 'vendor', ms: 3000 })
    assert.equal(view.leftMs, undefined)
    assert.deepEqual(
      view.inWork.map(({ quietMs }) => quietMs),
      [4000, 3000],
    )
    progress.observe({ kind: 'item-waits', ...NAME, symbol: 'B', for: 'bucket' }, 5000)
    assert.deepEqual(progress.view(9000).waiting, { for: 'bucket', ms: 4000 })
    progress.observe(moved('A', 10), 9000)
    assert.equal(progress.view(9001).waiting, undefined)
  })
})
