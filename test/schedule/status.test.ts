import assert from 'node:assert/strict'
import { LedgerDocumentError } from '../../functions/ledger/document.ts'
import { forcedPlanId } from '../../functions/ledger/forced.ts'
import type { ManifestSummary } from '../../functions/ledger/manifest.ts'
import type { Plan } from '../../functions/ledger/plan.ts'
import { scopeOf } from '../../functions/market/scope.ts'
import { statusOf } from '../../functions/schedule/status.ts'
import { isOverdue, resolveRequest, withNames } from '../../functions/schedule/venue-days.ts'
import { CONVERTER_VERSION } from '../../functions/ticks/parquet/metadata.ts'

const DAY = { venue: 'binance', date: '2024-08-08' }
const { signal } = new AbortController()
const SUMMARY = {
  ...{ status: 'complete', plan: 'abcdef', scope: [{ dataType: 'trades', all: true, symbols: [] }] },
  ...{ counts: { stored: 1, empty: 0 }, converterVersions: [{ version: CONVERTER_VERSION, items: 1 }] },
}
const PLAN = {
  ...DAY,
  plan: 'abcdef',
  batches: [{ plan: 'abcdef', index: 0, items: [{ dataType: 'trades', symbol: 'A' }] }],
}
type Wanted = Parameters<typeof statusOf>[2]

/** The status for a request, where the ledger has this. */
function statusWith(found: object | undefined | Error, wanted: Partial<Wanted> = {}, plan: object | undefined = PLAN) {
  const warned: unknown[] = []
  const none = () => {}
  const warn = (message: string, fields: unknown) => void warned.push([message, fields])
  const log = { debug: none, info: none, warn, error: none, child: () => log }
  const isGiven = (given: AbortSignal | undefined) => assert.equal(given, signal)
  const ledger = {
    async readSummary(_: unknown, given?: AbortSignal) {
      isGiven(given)
      if (found instanceof Error) throw found
      return found as ManifestSummary | undefined
    },
    async readPlanId(_: unknown, given?: AbortSignal) {
      isGiven(given)
      return (plan as Plan | undefined)?.plan
    },
    async readPlan(_: unknown, given?: AbortSignal) {
      isGiven(given)
      return plan as Plan | undefined
    },
  }
  const status = statusOf(ledger, DAY, { scope: scopeOf(['trades']), ...wanted }, { log, signal })
  return { status, warned }
}

const of = (...args: Parameters<typeof statusWith>) => statusWith(...args).status

describe('statusOf', () => {
  it('is complete where the manifest is, for what it covers', async () => {
    assert.equal(await of(SUMMARY), 'complete')
    assert.equal(await of(SUMMARY, { scope: scopeOf(['trades'], ['A']) }), 'complete')
    assert.equal(await of(SUMMARY, { scope: scopeOf(['trades', 'quotes']) }), 'incomplete')
  })

  it('is absent without a manifest, and otherwise what that says', async () => {
    assert.equal(await of(undefined), 'absent')
    for (const status of ['incomplete', 'pending']) assert.equal(await of({ ...SUMMARY, status }), status)
  })

  it('is incomplete where the plan has grown since, or is gone', async () => {
    assert.equal(await of(SUMMARY, {}, { ...PLAN, plan: 'fedcba' }), 'incomplete')
    const { status } = statusWith(SUMMARY, {}, null as never)
    assert.equal(await status, 'incomplete')
  })

  it('is incomplete until the plan has the batches of a forced request', async () => {
    const forced = { forcedBy: 'm1' }
    assert.equal(await of(SUMMARY, forced), 'incomplete')
    const batch = { plan: forcedPlanId(DAY, 'm1'), index: 0, force: true, items: [] }
    assert.equal(await of(SUMMARY, forced, { ...PLAN, batches: [...PLAN.batches, batch] }), 'complete')
    assert.equal(await of(SUMMARY, { forcedBy: 'm2' }, { ...PLAN, batches: [...PLAN.batches, batch] }), 'incomplete')
    assert.equal(await of(SUMMARY, { ...forced, scope: scopeOf(['trades'], ['B']) }), 'complete')
  })

  it('is outdated where an upgrade is asked for, and an older version wrote an object', async () => {
    const old = { ...SUMMARY, converterVersions: [{ version: CONVERTER_VERSION - 1, items: 1 }] }
    assert.deepEqual(
      [await of(old), await of(old, { upgrade: false }), await of(old, { upgrade: true })],
      ['complete', 'complete', 'outdated'],
    )
    assert.equal(await of(SUMMARY, { upgrade: true }), 'complete')
  })

  it('is incomplete where a document cannot be read, with a warning, and rejects where the bucket fails', async () => {
    const error = new LedgerDocumentError('manifest.json: damaged')
    const { status, warned } = statusWith(error)
    assert.equal(await status, 'incomplete')
    assert.deepEqual(warned, [['manifest cannot be read, scheduling its venue-day', { ...DAY, error }]])
    const down = statusWith(new Error('bucket down'))
    await assert.rejects(down.status, /bucket down/)
    assert.deepEqual(down.warned, [])
  })
})

describe('withNames', () => {
  const config = { venues: ['binance', 'binance-futures', 'okex'] }
  const of = (request: object) => withNames(request, '2024-03-02', config)

  it('leaves a request as it is without patterns and dates', () => {
    const request = { startDate: '2024-01-01', symbols: ['A'] }
    assert.deepEqual(of(request), { ok: true, request })
  })

  it('has the venues of a pattern, and both dates of a period', () => {
    assert.deepEqual(of({ venues: ['binance*'], dates: '2024-02', force: true }), {
      ok: true,
      request: { venues: ['binance', 'binance-futures'], startDate: '2024-02-01', endDate: '2024-02-29', force: true },
    })
  })

  it('refuses a pattern that no venue is like, and a period that is none', () => {
    assert.deepEqual(of({ venues: ['okex', 'ftx*'] }), { ok: false, reason: 'venues: none of VENUES is like "ftx*"' })
    const refused = of({ dates: 'soon' })
    assert.match(refused.ok ? '' : refused.reason, /^dates: found "soon", expected ./)
  })
})

describe('a request without venues', () => {
  it('is refused with both places where they can be named', () => {
    const config = { venues: [], dataTypes: ['trades'], lookbackDays: 3, maxVenueDays: 10 }
    const reason = 'the request names no venues, and VENUES is empty'
    assert.deepEqual(resolveRequest({}, '2024-03-02', config), { ok: false, reason })
  })
})

describe('isOverdue', () => {
  it('is true from 36 hours after the end of the day', () => {
    const fromMs = Date.parse('2024-08-10T12:00:00Z')
    assert.deepEqual([isOverdue(DAY.date, fromMs), isOverdue(DAY.date, fromMs - 1)], [true, false])
  })
})
