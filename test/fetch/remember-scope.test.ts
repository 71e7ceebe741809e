import assert from 'node:assert/strict'
import { rememberMessage, rememberPlan } from '../../functions/fetch/remember.ts'
import { OpenRequests } from '../../functions/ledger/open-requests.ts'
import type { Plan } from '../../functions/ledger/plan.ts'
import type { KeptRequest } from '../../functions/ledger/request.ts'
import { CONFIG, World } from './world.ts'

const FIRST_OF_LAST_DAYS = '2024-08-07'
const OLD = '2024-02-01'
const KEPT = { venues: ['binance'], dataTypes: ['trades'] }
const OPEN = {
  asked: { ...KEPT, startDate: '2024-01-10', endDate: '2024-12-31' },
  openUntil: '2024-02-20',
} as unknown as KeptRequest

/** What is kept, and logged, where these requests are open. Today is 2024-08-10, and the last 3 days are looked after. */
async function keptBy(remember: (services: World['services']) => Promise<void>, open?: readonly KeptRequest[]) {
  const world = new World()
  world.config = { ...CONFIG, lookbackDays: 3 }
  const openRequests = new OpenRequests(world.clock)
  openRequests.find = async (_, fits) => open?.find(fits)
  await remember({ ...world.services, ...(open && { openRequests }) })
  const names = [...world.bucket.contents().keys()].filter(name => name.includes('/requests/'))
  return { kept: names.map(name => (world.bucket.json(name) as KeptRequest).asked), logged: world.logged }
}

const ofMessage = async (message: object, open: readonly KeptRequest[] = []) => {
  const whole = { venue: 'binance', date: OLD, ...message }
  return (await keptBy(services => rememberMessage(whole, 'm1', services), open)).kept
}
const ofPlan = async (plan: object, open?: readonly KeptRequest[]) => {
  const whole = { venue: 'binance', date: OLD, scope: { trades: 'all' }, ...plan } as unknown as Plan
  return (await keptBy(services => rememberPlan(whole, services), open)).kept
}
const on = (date: string) => ({ ...KEPT, startDate: date, endDate: date })

describe('rememberMessage', () => {
  it('keeps a day before the last days, and none of them', async () => {
    assert.deepEqual(await ofMessage({ date: '2024-08-06' }), [on('2024-08-06')])
    assert.deepEqual(await ofMessage({ date: FIRST_OF_LAST_DAYS }), [])
    const other = { venue: 'okex', date: FIRST_OF_LAST_DAYS }
    assert.deepEqual(await ofMessage(other), [{ ...on(FIRST_OF_LAST_DAYS), venues: ['okex'] }])
  })

  for (const again of ['force', 'upgrade'] as const) {
    it(`keeps ${again} of each day, and of an open request’s days`, async () => {
      const asked = { ...on(FIRST_OF_LAST_DAYS), [again]: true }
      assert.deepEqual(await ofMessage({ date: FIRST_OF_LAST_DAYS, [again]: true }), [asked])
      assert.deepEqual(await ofMessage({ [again]: true }, [OPEN]), [{ ...on(OLD), [again]: true }])
    })
  }

  it('keeps no part of a kept request', async () => {
    assert.deepEqual(await ofMessage({ request: '0123456789abcdef' }), [])
  })

  it('keeps nothing of an open request of the venue, from its first day until the day up to which it is open', async () => {
    for (const [date, isKept] of [
      ['2024-01-09', true],
      ['2024-01-10', false],
      ['2024-02-20', false],
      ['2024-02-21', true],
    ] as const) {
      assert.deepEqual(await ofMessage({ date }, [OPEN]), isKept ? [on(date)] : [], date)
    }
    assert.equal((await ofMessage({ venue: 'okex' }, [OPEN])).length, 1)
    assert.equal((await ofMessage({ dataTypes: ['quotes'] }, [OPEN])).length, 1)
  })

  it('keeps a grouped symbol, which all symbols may not have', async () => {
    const asked = { symbols: ['SPOT'] }
    assert.deepEqual(await ofMessage(asked, [OPEN]), [{ ...on(OLD), ...asked }])
    const date = FIRST_OF_LAST_DAYS
    assert.deepEqual(await ofMessage({ date, ...asked }), [{ ...on(date), ...asked }])
  })

  it('says in the log which request it is', async () => {
    const message = { venue: 'binance', date: OLD }
    const { logged } = await keptBy(services => rememberMessage(message, 'm1', services), [])
    const [{ level, message: text, fields }] = logged as [(typeof logged)[0]]
    assert.deepEqual([level, text], ['info', 'kept as a request until Tardis can be asked again'])
    assert.match(String(fields?.request), /^[0-9a-f]{16}$/)
  })
})

describe('rememberPlan', () => {
  it('keeps what is planned, of a day that nothing brings back', async () => {
    assert.deepEqual(await ofPlan({}, []), [on(OLD)])
    assert.deepEqual(await ofPlan({ date: FIRST_OF_LAST_DAYS }, []), [])
    assert.deepEqual(await ofPlan({}, [OPEN]), [])
    assert.deepEqual(await ofPlan({ date: '2024-02-21' }, [OPEN]), [on('2024-02-21')])
    assert.equal((await ofPlan({ venue: 'okex' }, [OPEN])).length, 1)
  })

  it('keeps nothing where a person runs a command', async () => {
    assert.deepEqual(await ofPlan({}), [])
  })
})
