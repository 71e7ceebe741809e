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
  inWork: [
    {
      ...{ venue: 'binance-futures', date: '2024-08-08', dataType: 'incremental_book_L2', symbol: 'BTCUSDT' },
      ...{ estimatedBytes: 64_000_000, sourceBytes: 21_300_000, rows: 3_100_000 },
    },
    { venue: 'deribit', date: '2020-06-07', dataType: 'trades', symbol: 'OPTIONS', sourceBytes: 900, rows: 12 },
  ],
}
const FRAME: Frame = { progress: VIEW, rssBytes: 123_000_000, limitBytes: 512_000_000 }
const UNKNOWN: ProgressView = {
  ...{ elapsedMs: 400, items: { done: 0, total: 0, estimated: false, settledBefore: 0 } },
  ...{ sourceBytes: 0, textBytes: 0, rows: 0, byStatus: {}, adopted: 0, inWork: [] },
}
const PLAIN = { color: false, unicode: true }

describe('renderFrame', () => {
  it('shows bar, figures and items in work on a wide terminal', () => {
    assert.deepEqual(renderFrame(FRAME, { ...PLAIN, width: 100, height: 10 }), [
      '━━━━━━━━━━━━━━━━╸───────────────────────  42%  12/27 items  1m03s left  1/3 venue-days',
      '1.2M rows/s  12.3 MB/s gz → 98.1 MB/s text  memory 123 MB of 512 MB  14,300,000 rows, 85.3 MB gz',
      ' ▸ binance-futures 2024-08-08 incremental_book_L2 BTCUSDT   33%  21.3 MB of ~64.0 MB  3.1M rows',
      ' ▸ deribit 2020-06-07 trades OPTIONS                             900 B  12 rows',
    ])
  })

  it('leaves out what matters least as the terminal gets narrower', () => {
    assert.deepEqual(renderFrame(FRAME, { ...PLAIN, width: 50, height: 10 }), [
      '━━━━━━━━────────────  42%  12/27 items  1m03s left',
      '1.2M rows/s  12.3 MB/s gz → 98.1 MB/s text',
      ' ▸ 8-08 incremental_book_L2 BTCUSDT   33%  21.3 MB',
      ' ▸ 2020-06-07 trades OPTIONS        900 B  12 rows',
    ])
    assert.deepEqual(renderFrame(FRAME, { ...PLAIN, width: 24, height: 3 }), [
      '━━━━━━━━───────────  42%',
      '1.2M rows/s',
      ' ▸ tal_book_L2 BTCUSDT',
    ])
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
