import assert from 'node:assert/strict'
import {
  MESSAGE_VERSION,
  parseCompletion,
  parseScheduleRequest,
  parseVenueDay,
} from '../../functions/pubsub/messages.ts'

const PARSERS = { schedule: parseScheduleRequest, 'venue-day': parseVenueDay, completion: parseCompletion }
type Kind = keyof typeof PARSERS

const letters = (count: number) => 'a'.repeat(count)
const hex = (count: number) => '0'.repeat(count)
const names = (count: number) => Array.from({ length: count }, (_, n) => `a${n}`)
const patterns = (count: number) => names(count).map(name => `${name}*`)
const range = (startDate: string, endDate: string) => ({ startDate, endDate })

/** The rest of a message of each kind. */
const REST: Readonly<Record<Kind, object>> = {
  schedule: {},
  'venue-day': { venue: 'binance', date: '2024-08-08' },
  completion: { venue: 'binance', date: '2024-08-08', plan: hex(12), index: 0 },
}

/** Fields on both sides of each bound: those that are taken, and those next to them that are not. */
const BOUNDS: readonly (readonly [what: string, kinds: readonly Kind[], taken: object[], refused: object[]])[] = [
  [
    'the number of venues',
    ['schedule'],
    [{ venues: ['a'] }, { venues: names(200) }],
    [{ venues: [] }, { venues: names(201) }],
  ],
  [
    'the length of a venue',
    ['venue-day', 'completion'],
    [{ venue: 'a' }, { venue: letters(64) }],
    [{ venue: '' }, { venue: letters(65) }],
  ],
  [
    'the number of data types',
    ['schedule', 'venue-day'],
    [{ dataTypes: ['a'] }, { dataTypes: names(50) }],
    [{ dataTypes: [] }, { dataTypes: names(51) }],
  ],
  [
    'the length of a data type',
    ['schedule', 'venue-day'],
    [{ dataTypes: [letters(64)] }],
    [{ dataTypes: [''] }, { dataTypes: [letters(65)] }],
  ],
  [
    'the number of symbols',
    ['schedule', 'venue-day'],
    [{ symbols: ['A'] }, { symbols: names(5_000) }],
    [{ symbols: [] }, { symbols: names(5_001) }],
  ],
  [
    'the length of a symbol',
    ['schedule', 'venue-day'],
    [{ symbols: [letters(128)] }],
    [{ symbols: [''] }, { symbols: [letters(129)] }],
  ],
  [
    'the number of types of instruments, and their length',
    ['schedule', 'venue-day'],
    [{ instrumentTypes: ['a'] }, { instrumentTypes: names(20) }, { instrumentTypes: [letters(32)] }],
    [
      { instrumentTypes: [] },
      { instrumentTypes: names(21) },
      { instrumentTypes: [letters(33)] },
      { instrumentTypes: [''] },
    ],
  ],
  [
    'the number of names and patterns that are left out, and their length',
    ['schedule', 'venue-day'],
    [{ exclude: ['A*'] }, { exclude: names(50) }, { exclude: [letters(128)] }],
    [{ exclude: [] }, { exclude: names(51) }, { exclude: [letters(129)] }, { exclude: [''] }, { exclude: ['A,B'] }],
  ],
  [
    'the number of selectors',
    ['schedule', 'venue-day'],
    [{ symbols: patterns(100) }, { symbols: patterns(50), instrumentTypes: ['a', 'b'] }],
    [{ symbols: patterns(101) }, { symbols: names(51), instrumentTypes: ['a', 'b'] }],
  ],
  [
    'the length of a pattern of venues and of dates',
    ['schedule'],
    [{ venues: ['*'] }, { venues: [`${letters(63)}*`] }, { dates: 'last-7-days' }],
    [
      { venues: [`${letters(64)}*`] },
      { venues: ['A*'] },
      { dates: letters(41) },
      { dates: '2024', endDate: '2024-01-01' },
    ],
  ],
  [
    'the days',
    ['venue-day', 'completion'],
    [{ date: '2010-01-01' }, { date: '2100-12-31' }],
    [{ date: '2009-12-31' }, { date: '2101-01-01' }],
  ],
  [
    'the length of a range',
    ['schedule'],
    [range('2014-01-01', '2014-01-01'), range('2014-01-01', '2024-01-01')],
    [range('2014-01-02', '2014-01-01'), range('2014-01-01', '2024-01-02')],
  ],
  [
    'the length of a plan id',
    ['completion'],
    [{ plan: hex(4) }, { plan: hex(64) }],
    [{ plan: hex(3) }, { plan: hex(65) }],
  ],
  [
    'the index',
    ['completion'],
    [{ index: 0 }, { index: 1_000_000 }],
    [{ index: -1 }, { index: 1_000_001 }, { index: 0.5 }],
  ],
  [
    'the batch',
    ['venue-day'],
    [{ batch: { plan: hex(4), index: 0 } }, { batch: { plan: hex(64), index: 1_000_000 } }],
    [{ batch: { plan: hex(3), index: 0 } }, { batch: { plan: hex(4), index: -1 } }],
  ],
  [
    'the length of a request id',
    ['schedule', 'venue-day'],
    [{ request: hex(16), version: 3 }],
    [
      { request: hex(15), version: 3 },
      { request: hex(17), version: 3 },
    ],
  ],
  [
    'the days whose incidents are compared',
    ['venue-day'],
    [
      { incidentsSince: '2024-08-08', version: 4 },
      { incidentsSince: '2014-08-09', version: 4 },
    ],
    [
      { incidentsSince: '2024-08-09', version: 4 },
      { incidentsSince: '2014-08-08', version: 4 },
      { incidentsSince: '2024-08-32', version: 4 },
    ],
  ],
  [
    'the version',
    ['schedule', 'venue-day', 'completion'],
    [{ version: 1 }, { version: MESSAGE_VERSION }],
    [{ version: 0 }, { version: MESSAGE_VERSION + 1 }],
  ],
]

describe('pubsub/messages: the bounds of every field', () => {
  for (const [what, kinds, taken, refused] of BOUNDS) {
    for (const kind of kinds) {
      const parse = (fields: object) => PARSERS[kind](JSON.stringify({ ...REST[kind], ...fields }))

      it(`of a ${kind} message: ${what}`, () => {
        for (const fields of taken) {
          const found = parse(fields)
          assert.ok(found.ok, `${JSON.stringify(fields).slice(0, 80)}: ${!found.ok && found.reason}`)
          assert.deepEqual({ ...found.message, ...fields }, found.message)
        }
        for (const fields of refused) assert.ok(!parse(fields).ok, JSON.stringify(fields).slice(0, 80))
      })
    }
  }
})
