import assert from 'node:assert/strict'
import { type DownloadEnd, downloadDocument } from '../../../functions/local/report/json.ts'
import type { VenueDayReport } from '../../../functions/local/report/venue-days.ts'

describe('downloadDocument', () => {
  const nothing = { files: 0, sourceBytes: 0, textBytes: 0, rows: 0 }
  const end: Omit<DownloadEnd, 'reports'> = {
    progress: {
      ...{ elapsedMs: 90, items: { done: 0, total: 0, estimated: false, settledBefore: 0 }, share: 1, inWork: [] },
      ...{ sourceBytes: 0, textBytes: 0, rows: 0, byStatus: {}, adopted: 0, stored: nothing },
    },
    ...{
      deadLetters: [],
      interruptedBy: undefined,
      sample: undefined,
      failedVenues: [],
      unknownSymbols: [],
      notes: [],
    },
  }
  const where = { shown: 'gs://ticks', prefix: 'ticks' }
  const degradedIn = (report: VenueDayReport) => {
    return (downloadDocument(where, { ...end, reports: [report] }) as { degraded?: unknown }).degraded
  }

  it('has what is degraded with the command that shows more, and no such field where nothing is', () => {
    const day: VenueDayReport = { venue: 'bitmex', date: '2024-08-01', status: 'complete', problems: [] }
    const reasons = [{ reason: 'gap', items: 2 }]
    const command =
      'tick-handler status gs://ticks/ticks --venues bitmex --start-date 2024-08-01 --end-date 2024-08-01 --quality --gaps'
    assert.deepEqual(degradedIn({ ...day, condition: 'degraded', reasons }), { venueDays: 1, reasons, command })
    assert.equal(degradedIn({ ...day, condition: 'available' }), undefined)
  })
})
