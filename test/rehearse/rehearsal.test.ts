import assert from 'node:assert/strict'
import { type Figures, figuresOf } from './figures.ts'
import { Rehearsal } from './rehearsal.ts'
import { CALM, type Scenario, USUAL } from './scenario.ts'

/** Two venues, one large and one small, and limits that none of them reaches. */
const SMALL: Scenario = {
  ...USUAL,
  ...CALM,
  venues: 2,
  days: 3,
  sample: 1,
  fetchInstances: 4,
  dailyBytes: 1e15,
  requestsPerSecond: 1e6,
  // Before the first scheduled request, which would ask again for the last days.
  maxIdleDays: 0.1,
  env: { VENUES: 'venue-01', LOOKBACK_DAYS: '1' },
  maxSeconds: 40,
}

async function rehearse(own: Partial<Scenario>): Promise<Figures> {
  const rehearsal = new Rehearsal({ ...SMALL, ...own })
  await rehearsal.run()
  return figuresOf(rehearsal)
}

describe('the rehearsal', () => {
  it('ends with every venue-day complete, and twice with the same figures', async () => {
    const figures = await rehearse({})
    assert.equal(figures.undone, 0)
    assert.equal(figures.venueDays, 6)
    assert.equal(figures.deadLetters, 0)
    assert.ok(figures.items > 500, `${figures.items} files`)
    assert.ok(figures.days < 0.1, `${figures.days} days`)
    assert.deepEqual(await rehearse({}), figures)
  })

  it('completes through failures, lost acknowledgements, an outage and a deployment', async () => {
    const calm = await rehearse({})
    const figures = await rehearse({ failures: 0.03, outages: [[0.0005, 0.02]], deployments: [0.0004] })
    assert.equal(figures.undone, 0)
    assert.equal(figures.deadLetters, 0)
    assert.ok(figures.vendorRequests > calm.vendorRequests * 1.02, 'failed requests were repeated')
    assert.ok(figures.maxAttemptsUsed > 1, 'messages came again')
    assert.ok(figures.days > 0.02, 'nothing could be complete before the end of the outage')
  })

  it('tells what is left undone where messages may be delivered too seldom', async () => {
    const figures = await rehearse({
      outages: [[0.0002, 0.05]],
      maxDeliveryAttempts: 5,
      env: { ...SMALL.env, DEADLINE_SECONDS: '60' },
    })
    assert.ok(figures.deadLetters > 0)
    assert.ok(figures.undone > 0)
  })

  it('completes over the days of a small quota and of a refused key, and asks the vendor for little that it refuses', async () => {
    const figures = await rehearse({ dailyBytes: 0.7e9, keyRefused: [[1, 2.5]], maxIdleDays: 6 })
    assert.equal(figures.undone, 0)
    assert.equal(figures.deadLetters, 0)
    assert.ok(figures.terabytes > 2 * 0.0007, `${figures.terabytes} TB need a third day`)
    assert.ok(
      figures.refusedRequests > 0 && figures.refusedRequests < 500,
      `${figures.refusedRequests} requests refused`,
    )
  })

  describe('names a planted bottleneck:', () => {
    const planted: Record<string, Partial<Scenario>> = {
      'fetch instances': { fetchInstances: 1 },
      bucket: { fetchInstances: 1, bucketSlowness: 20 },
      'rate limit': { fetchInstances: 8, requestsPerSecond: 5 },
      'daily quota': { dailyBytes: 1e9, maxIdleDays: 6 },
      // From early on: the work of these days takes about a minute.
      'vendor down': { outages: [[0.0002, 0.04]] },
    }
    for (const [name, own] of Object.entries(planted)) {
      it(name, async () => {
        const { bottleneck, undone } = await rehearse(own)
        assert.equal(bottleneck.name, name, JSON.stringify(bottleneck))
        assert.equal(undone, 0)
      })
    }
  })
})
