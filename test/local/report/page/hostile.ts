import type { DayRead } from '../../../../functions/local/report/page/collect.ts'
import { manifestOf } from '../fixtures.ts'

/** A venue-day whose every text wants to be HTML or the end of a script. */
export function hostileDay(): DayRead {
  const text = '</script><script>alert(1)</script><img src=x onerror=alert(2)>"\'&lt;'
  const manifest = manifestOf({ venue: 'binance', date: '2024-08-01' }, 'incomplete', [
    {
      dataType: 'trades',
      symbol: text,
      status: 'failed',
      error: text,
      retryable: false,
      condition: 'missing',
      reasons: ['failed'],
    },
    {
      dataType: 'quotes',
      symbol: '<script>alert(3)</script>',
      status: 'stored',
      rows: 1,
      bytes: 1,
      condition: 'degraded',
      reasons: [text],
    },
  ])
  const incident = { from: '2024-08-01T10:00:00.000Z', to: '2024-08-01T11:00:00.000Z', status: text, details: text }
  return {
    venue: 'binance',
    date: '2024-08-01',
    manifest: { ...manifest, incidents: [incident] },
    work: [],
    faults: [text],
  }
}
