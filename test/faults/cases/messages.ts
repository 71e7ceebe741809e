import { DAY } from '../market.ts'
import type { FaultCase, Outcome } from './fault-case.ts'

type Receiver = 'schedule' | 'fetch' | 'aggregate'

const json = (value: object) => Buffer.from(JSON.stringify(value))
const day = (more: object) => json({ ...DAY, ...more })
const completion = (more: object) => json({ ...DAY, plan: 'abcdef', index: 0, ...more })

/** Messages that no receiver understands, by receiver. */
const HOSTILE: Readonly<Record<string, Readonly<Partial<Record<Receiver, Uint8Array>>>>> = {
  // Empty data is schedule's default request.
  empty: { fetch: Buffer.alloc(0), aggregate: Buffer.alloc(0) },
  'not JSON': { schedule: Buffer.from('venues=all'), fetch: Buffer.from('{'), aggregate: Buffer.from('\0') },
  'not UTF-8': { schedule: Buffer.from([0x7b, 0xff]), fetch: Buffer.from([0xc3]), aggregate: Buffer.from([0xfe]) },
  'of the wrong shape': { schedule: json([]), fetch: json({ venue: 3 }), aggregate: json({ ...DAY }) },
  'of a future version': {
    schedule: json({ priority: 1 }),
    fetch: day({ tier: 'gold' }),
    aggregate: completion({ attempt: 2 }),
  },
  '10 MB long': {
    schedule: json({ venues: Array(900_000).fill('binance') }),
    fetch: day({ symbols: ['x'.repeat(10_000_000)] }),
    aggregate: Buffer.alloc(10_000_000, '['),
  },
  'venue ../../secret': {
    schedule: json({ venues: ['../../secret'] }),
    fetch: day({ venue: '../../secret' }),
    aggregate: completion({ venue: '../../secret' }),
  },
  'venue with a line break': {
    schedule: json({ venues: ['binance\nx'] }),
    fetch: day({ venue: 'binance\n' }),
    aggregate: completion({ venue: '\nbinance' }),
  },
  'venue in unicode': {
    schedule: json({ venues: ['bïnance'] }),
    fetch: day({ venue: 'ｂｉｎａｎｃｅ' }),
    aggregate: completion({ venue: 'binance\u202e' }),
  },
  'year 9999': {
    schedule: json({ startDate: '9999-01-01' }),
    fetch: day({ date: '9999-12-31' }),
    aggregate: completion({ date: '9999-12-31' }),
  },
  'a date that is none': {
    schedule: json({ startDate: '2024-02-30' }),
    fetch: day({ date: '2024-08-08/../..' }),
    aggregate: completion({ date: '2024-8-8' }),
  },
  'plan ../plan': {
    fetch: day({ batch: { plan: '../../plan', index: 0 } }),
    aggregate: completion({ plan: '../plan' }),
  },
  'index -1 or a text': { fetch: day({ batch: { plan: 'abcdef', index: -1 } }), aggregate: completion({ index: '0' }) },
  'data type ../x': { schedule: json({ dataTypes: ['../x'] }), fetch: day({ dataTypes: ['a/b'] }) },
  'with the field __proto__': {
    schedule: Buffer.from('{"__proto__":{"force":true}}'),
    fetch: Buffer.from('{"venue":"binance","date":"2024-08-08","__proto__":{"force":true},"constructor":1}'),
  },
}

/** Nothing comes of them but an object under `_ledger/rejected/`; a day asked for then is complete. */
export const MESSAGE_CASES: readonly FaultCase[] = Object.entries(HOSTILE).map(([fault, data]): FaultCase => {
  const messages = Object.entries(data) as [Receiver, Uint8Array][]
  const outcome: Outcome = { day: 'none', rejected: messages.length }
  const planted = { fired: 0 }
  return {
    stage: 'bus',
    fault: `a message ${fault}`,
    often: 'twice each',
    plant(rig) {
      // With all the patience there is: nothing is wrong with this bucket, and ten megabytes take their time.
      rig.bucket = rig.openBucket(rig.server.endpoint)
      return planted
    },
    async run(rig) {
      for (const [receiver, bytes] of messages) {
        await rig.push(receiver, bytes, `hostile-${receiver}`)
        await rig.push(receiver, bytes, `hostile-${receiver}`)
        planted.fired += 1
      }
    },
    outcome,
    minFired: messages.length,
  }
})
