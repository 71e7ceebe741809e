import assert from 'node:assert/strict'
import type { ProgressView } from '../../../functions/local/progress/progress.ts'
import { type Frame, progressFields, renderFrame } from '../../../functions/local/progress/render.ts'
import { cells } from '../../../functions/local/terminal/style.ts'

const VIEW: ProgressView = {
  elapsedMs: 12_000,
  venueDays: { complete: 1, total: 3, alreadyComplete: 1 },
  items: { done: 12, total: 27, estimated: false, settledBefore: 3 },
  share: 0.4242,
  sourceBytes: 85_300_000,
  textBytes: 900_000_000,
  rows: 14_300_000,
  rates: { rowsPerSecond: 1_234_567, sourceBytesPerSecond: 12_300_000, textBytesPerSecond: 98_100_000 },
  leftMs: 63_000,
  byStatus: { stored: 12 },
  adopted: 0,
  stored: { files: 12, sourceBytes: 80_000_000, textBytes: 850_000_000, rows: 14_000_000 },
  inWork: [
    {
      ...{ venue: 'binance-futures', date: '2024-08-08', dataType: 'incremental_book_L2', symbol: 'BTCUSDT' },
      ...{ totalBytes: 64_000_000, isGuess: true, sourceBytes: 21_300_000, rows: 3_100_000, quietMs: 0 },
    },
    {
      ...{ venue: 'deribit', date: '2020-06-07', dataType: 'trades', symbol: 'OPTIONS' },
      ...{ isGuess: true, sourceBytes: 900, rows: 12, quietMs: 0 },
    },
  ],
}
const FRAME: Frame = { progress: VIEW, rssBytes: 123_000_000, limitBytes: 512_000_000 }
const UNKNOWN: ProgressView = {
  ...{ elapsedMs: 400, items: { done: 0, total: 0, estimated: false, settledBefore: 0 } },
  ...{ sourceBytes: 0, textBytes: 0, rows: 0, byStatus: {}, adopted: 0, inWork: [] },
  stored: { files: 0, sourceBytes: 0, textBytes: 0, rows: 0 },
}
const PLAIN = { color: false, unicode: true }

describe('renderFrame', () => {
  it('shows bar, figures and items in work on a wide terminal', () => {
    assert.deepEqual(renderFrame(FRAME, { ...PLAIN, width: 100, height: 10 }), [
      '━━━━━━━━━━━━━━━━╸───────────────────────  42%  12/27 items  1m03s left  1/3 venue-days',
      '1.2M rows/s  12.3 MB/s gz → 98.1 MB/s CSV  memory 123 MB of 512 MB  14,300,000 rows, 85.3 MB gz',
      ' ▸ binance-futures 2024-08-08 incremental_book_L2 BTCUSDT   33%  21.3 MB of ~64.0 MB  3.1M rows',
      ' ▸ deribit 2020-06-07 trades OPTIONS                             900 B  12 rows',
    ])
  })

  it('leaves out what matters least as the terminal gets narrower', () => {
    assert.deepEqual(renderFrame(FRAME, { ...PLAIN, width: 79, height: 10 }).slice(2), [
      ' ▸ binance-futures 2024-08-08 incremental_book_L2 BTCUSDT   33%  21.3 MB',
      ' ▸ deribit 2020-06-07 trades OPTIONS                             900 B  12 rows',
    ])
    assert.deepEqual(renderFrame(FRAME, { ...PLAIN, width: 59, height: 10 }), [
      '━━━━━╸───────  42%  12/27 items  1m03s left  1/3 venue-days',
      '1.2M rows/s  12.3 MB/s gz → 98.1 MB/s CSV',
      ' ▸ binance-futures 08-08 incremental_book_L2 BTCUSDT   33%',
      ' ▸ deribit 06-07 trades OPTIONS',
    ])
    assert.deepEqual(renderFrame(FRAME, { ...PLAIN, width: 24, height: 3 }), [
      '━━━━━━━━───────────  42%',
      '1.2M rows/s',
      ' ▸ binance-future…   33%',
    ])
  })

  it('leaves the day, then the venue, to the title on a narrow terminal, where all items share them', () => {
    const lines = (width: number) => {
      const progress = { ...VIEW, inWork: VIEW.inWork.slice(0, 1) }
      const common = { venue: 'binance-futures', date: '2024-08-08' }
      return renderFrame({ ...FRAME, progress, common }, { ...PLAIN, width, height: 10 }).slice(2)
    }
    assert.deepEqual(lines(59), [' ▸ binance-futures incremental_book_L2 BTCUSDT   33%'])
    assert.deepEqual(lines(50), [' ▸ incremental_book_L2 BTCUSDT   33%  21.3 MB'])
  })

  it('marks a size as a guess only while Tardis has not stated it', () => {
    const inWork = [{ ...VIEW.inWork[0]!, isGuess: false }]
    const [line] = renderFrame({ ...FRAME, progress: { ...VIEW, inWork } }, { ...PLAIN, width: 100, height: 10 }).slice(
      2,
    )
    assert.match(line!, / 33% {2}21\.3 MB of 64\.0 MB {2}3\.1M rows$/)
  })

  it('says who is waited for and for how long, instead of what is left', () => {
    const [item] = VIEW.inWork
    const shown = (waitsFor: 'vendor' | 'bucket') => {
      const progress = { ...VIEW, waiting: { for: waitsFor, ms: 12_300 }, inWork: [{ ...item!, quietMs: 12_300 }] }
      return renderFrame({ ...FRAME, progress }, { ...PLAIN, width: 100, height: 10 })
    }
    assert.match(shown('vendor')[0]!, / {2}12\/27 items {2}waiting for Tardis, 12 s {2}1\/3 venue-days$/)
    assert.match(shown('bucket')[0]!, / {2}waiting for the bucket, 12 s /)
    assert.match(shown('vendor')[2]!, / 33% {2}21\.3 MB of ~64\.0 MB {2}waiting 12 s$/)
  })

  for (const width of [20, 33, 47, 61, 79, 120, 200]) {
    it(`never exceeds ${width} cells, wide letters counted`, () => {
      const [item] = VIEW.inWork
      const inWork = [{ ...item!, symbol: '币安人生USDT' }, item!]
      for (const line of renderFrame({ ...FRAME, progress: { ...VIEW, inWork } }, { ...PLAIN, width, height: 9 })) {
        assert.ok(cells(line) <= width, `${cells(line)} cells: ${line}`)
      }
    })
  }

  it('has no figure where nothing is known yet', () => {
    assert.deepEqual(renderFrame({ progress: UNKNOWN, rssBytes: 50_000_000 }, { ...PLAIN, width: 80, height: 10 }), [
      '────────────────────────────────────────    –  0/0 items  0.4 s so far',
      '– rows/s  memory 50.0 MB  0 rows, 0 B gz',
    ])
  })

  it('has no rate of rows and of text within a row group', () => {
    const progress = { ...VIEW, rates: { sourceBytesPerSecond: 12_300_000 }, inWork: [] }
    const [, rates] = renderFrame({ ...FRAME, progress }, { ...PLAIN, width: 60, height: 10 })
    assert.equal(rates, '– rows/s  12.3 MB/s gz  memory 123 MB of 512 MB')
    assert.equal('rowsPerSecond' in progressFields(progress, 1), false)
  })

  it('says that the total is an estimate, what failed, and what it is doing', () => {
    const progress = {
      ...VIEW,
      items: { ...VIEW.items, estimated: true, total: 1200 },
      byStatus: { failed: 2, forbidden: 1 },
      inWork: [],
    }
    const [bar] = renderFrame({ ...FRAME, progress, note: 'stopping' }, { ...PLAIN, width: 100, height: 10 })
    assert.ok(bar!.endsWith('42%  12/~1,200 items, 3 failed or forbidden  stopping  1/3 venue-days'), bar)
  })

  it('uses ASCII where the locale has no more', () => {
    const lines = renderFrame(FRAME, { color: false, unicode: false, width: 100, height: 10 })
    for (const line of lines) assert.match(line, /^[\x20-\x7e]*$/)
    assert.ok(lines[0]!.startsWith('################-.......'))
  })

  it('colours without changing the text', () => {
    const screen = { unicode: true, width: 90, height: 10 }
    const coloured = renderFrame(FRAME, { ...screen, color: true })
    assert.ok(coloured.join().includes('\x1b[36m━'))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: strips our own control codes
    const bare = coloured.map(line => line.replace(/\x1b\[\d+m/g, '').trimEnd())
    assert.deepEqual(bare, renderFrame(FRAME, { ...screen, color: false }))
  })

  it('lets no symbol move the cursor', () => {
    const inWork = [{ ...VIEW.inWork[1]!, symbol: 'A\x1b[2J\nB' }]
    const lines = renderFrame({ ...FRAME, progress: { ...VIEW, inWork } }, { ...PLAIN, width: 100, height: 10 })
    assert.ok(lines[2]!.includes('A?[2J?B'))
  })
})

describe('progressFields', () => {
  it('gives whole figures with their units, and nothing that is not known', () => {
    assert.deepEqual(progressFields(VIEW, 123_000_000), {
      ...{ percent: 42, items: 12, itemsTotal: 27, failed: 0, venueDaysComplete: 1, venueDays: 3 },
      ...{ rows: 14_300_000, sourceBytes: 85_300_000, textBytes: 900_000_000 },
      ...{ rowsPerSecond: 1_234_567, sourceBytesPerSecond: 12_300_000, textBytesPerSecond: 98_100_000 },
      ...{ rssBytes: 123_000_000, elapsedSeconds: 12, secondsLeft: 63 },
    })
    assert.deepEqual(progressFields(UNKNOWN, 1), {
      ...{ items: 0, itemsTotal: 0, failed: 0, rows: 0, sourceBytes: 0, textBytes: 0, rssBytes: 1, elapsedSeconds: 0 },
    })
  })
})
