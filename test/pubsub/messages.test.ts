import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  MESSAGE_VERSION,
  parseCompletion,
  parseScheduleRequest,
  parseVenueDay,
  type VenueDayMessage,
  withVersion,
} from '../../functions/pubsub/messages.ts'
import { MAX_MESSAGE_BYTES, type MessageData } from '../../functions/pubsub/parse-message.ts'

const venueDay = { venue: 'binance-futures', date: '2024-08-08' }
const completion = { ...venueDay, plan: '0a1b2c3d', index: 0 }

type Parse = (data: MessageData) => { ok: boolean; reason?: string }
const refused = (parse: Parse, message: unknown): string => {
  const result = parse(typeof message === 'string' ? message : JSON.stringify(message))
  assert.equal(result.ok, false, `taken: ${JSON.stringify(message).slice(0, 100)}`)
  return (result as { reason: string }).reason
}

describe('pubsub/messages: what is taken', () => {
  it('takes a schedule request with everything, from text and from bytes', () => {
    const request = {
      venues: ['binance', 'okex-swap'],
      startDate: '2024-08-08',
      endDate: '2024-08-09',
      dataTypes: ['trades', 'incremental_book_L2'],
      symbols: ['BTCUSDT', 'ETH/USD:PERP', 'BTC-27SEP24-60000-C', '1000PEPE', '币安'],
      force: true,
    }
    const text = JSON.stringify(request)
    assert.deepEqual(parseScheduleRequest(text), { ok: true, message: request })
    assert.deepEqual(parseScheduleRequest(Buffer.from(text)), { ok: true, message: request })
  })

  it('takes empty data as the default request, and only for schedule', () => {
    for (const empty of [undefined, '', Buffer.alloc(0), ' \n', '{}']) {
      assert.deepEqual(parseScheduleRequest(empty), { ok: true, message: {} })
    }
    assert.equal(refused(parseVenueDay, ''), 'the message is empty, expected a JSON object')
    assert.equal(refused(parseCompletion, ''), 'the message is empty, expected a JSON object')
  })

  it('takes a venue-day with and without its batch, and a completion', () => {
    const batch = { ...venueDay, batch: { plan: '0a1b2c3d', index: 17 } }
    assert.deepEqual(parseVenueDay(JSON.stringify(venueDay)), { ok: true, message: venueDay })
    assert.deepEqual(parseVenueDay(JSON.stringify(batch)), { ok: true, message: batch })
    assert.deepEqual(parseCompletion(JSON.stringify(completion)), { ok: true, message: completion })
  })

  it('takes as many items by name as a plan can hold, and no more', () => {
    const names = (count: number, prefix: string) => Array.from({ length: count }, (_, i) => `${prefix}${i}x`)
    for (const [parse, request] of [
      [parseScheduleRequest, {}],
      [parseVenueDay, venueDay],
    ] as const) {
      const most = { ...request, dataTypes: names(10, 'type_'), symbols: names(5_000, 'S') }
      assert.equal(parse(JSON.stringify(most)).ok, true)
      assert.equal(
        refused(parse, { ...most, dataTypes: names(11, 'type_') }),
        'symbols: found a list of 5000, expected at most 50000 items by name (11 data types × 5000 symbols are 55000)',
      )
    }
  })

  it('counts a repeated name once', () => {
    assert.deepEqual(parseScheduleRequest('{"venues":["deribit","binance","deribit"]}'), {
      ok: true,
      message: { venues: ['deribit', 'binance'] },
    })
  })

  it('takes the first and last day, a leap day, and a single day as a range', () => {
    for (const date of ['2010-01-01', '2100-12-31', '2024-02-29']) {
      assert.ok(parseScheduleRequest(JSON.stringify({ startDate: date, endDate: date })).ok, date)
    }
  })
})

describe('pubsub/messages: what is refused, with the reason', () => {
  it('refuses hostile and misspelt venues', () => {
    for (const venue of [
      '../etc',
      'a/b',
      'binance\n',
      'Binance',
      'bínance',
      'a b',
      '',
      '-a',
      'a-',
      '.',
      'a'.repeat(65),
    ]) {
      assert.match(refused(parseVenueDay, { ...venueDay, venue }), /^venue: found ".*", expected a Tardis exchange id/)
    }
    assert.equal(
      refused(parseScheduleRequest, { venues: ['binance', '../etc\n'] }),
      'venues[1]: found "../etc\\n", expected a Tardis exchange id (lower-case letters, digits and -, like binance-futures), or a pattern such as binance*',
    )
  })

  it('refuses what is no day, or a day out of range', () => {
    const wrong = ['2024-02-30', '2023-02-29', '2024-13-01', '2024-00-10', '9999-01-01', '2009-12-31', '2101-01-01']
    for (const date of [...wrong, '2024-8-8', '20240808', '2024-08-08T00:00:00Z', '٢٠٢٤-٠٨-٠٨', ' 2024-08-08']) {
      const reason = refused(parseVenueDay, { ...venueDay, date })
      assert.ok(reason.startsWith('date: found "'), reason)
      assert.match(reason, /expected a date as YYYY-MM-DD between 2010-01-01 and 2100-12-31$/)
    }
  })

  it('does not compare with what is no day, nor repeat its text', () => {
    const parsed = parseScheduleRequest(JSON.stringify({ startDate: '\uFEFF01', endDate: '2024-08-08' }))
    assert.equal(parsed.ok, false)
    assert.equal(
      parsed.reason,
      'startDate: found "\\u{feff}01", expected a date as YYYY-MM-DD between 2010-01-01 and 2100-12-31',
    )
  })

  it('refuses data types that would leave their folder', () => {
    for (const dataType of ['../trades', 'trades/', 'trades\0', 'book snapshot', 'Trades', 'trades_', '']) {
      assert.match(refused(parseVenueDay, { ...venueDay, dataTypes: [dataType] }), /^dataTypes\[0\]: found /)
    }
  })

  it('refuses symbols that cannot be seen, or are too long', () => {
    for (const symbol of ['', ' ', 'A\nB', 'A\u0000', 'A\u202eB', 'A\u200b', '\ud800', ' A', 'A ', 'x'.repeat(129)]) {
      const reason = refused(parseVenueDay, { ...venueDay, symbols: [symbol] })
      assert.match(reason, /^symbols\[0\]: found ".*, expected a symbol of 1 to 128 printable characters$/)
      assert.doesNotMatch(reason, /[\p{Cc}\p{Cf}]/u)
    }
  })

  it('refuses a range that ends before it starts, and one of twenty years', () => {
    assert.equal(
      refused(parseScheduleRequest, { startDate: '2024-08-09', endDate: '2024-08-08' }),
      'endDate: found "2024-08-08", expected a date not before 2024-08-09',
    )
    assert.match(
      refused(parseScheduleRequest, { startDate: '2010-01-01', endDate: '2030-01-01' }),
      /^endDate: found "2030-01-01", expected at most 3653 days from 2010-01-01/,
    )
  })

  it('refuses empty and over-long lists, null, and other types', () => {
    assert.match(
      refused(parseScheduleRequest, { venues: [] }),
      /^venues: found a list of 0, expected a list of 1 to 200/,
    )
    const many = Array.from({ length: 5001 }, (_, at) => `S${at}`)
    assert.match(
      refused(parseVenueDay, { ...venueDay, symbols: many }),
      /^symbols: found a list of 5001, expected a list/,
    )
    assert.match(refused(parseVenueDay, { ...venueDay, symbols: null }), /^symbols: found null, expected a list/)
    assert.match(
      refused(parseVenueDay, { ...venueDay, symbols: 'BTCUSDT' }),
      /^symbols: found "BTCUSDT", expected a list/,
    )
    assert.equal(refused(parseVenueDay, { ...venueDay, force: 'yes' }), 'force: found "yes", expected true or false')
    assert.match(refused(parseVenueDay, { venue: 'binance' }), /^date is missing, expected a date/)
  })

  it('names at most three faults and counts the rest', () => {
    const reason = refused(parseVenueDay, { ...venueDay, symbols: ['', '', '', '', ''] })
    assert.equal(reason.match(/symbols\[/g)?.length, 3)
    assert.match(reason, /; and 2 more$/)
  })

  it('refuses a batch without its plan, a plan that is a path, and an index that is no number', () => {
    assert.match(
      refused(parseVenueDay, { ...venueDay, batch: { index: 1 } }),
      /^batch.plan is missing, expected a plan id/,
    )
    assert.match(
      refused(parseVenueDay, { ...venueDay, batch: 3 }),
      /^batch: found 3, expected an object with plan and index/,
    )
    assert.match(refused(parseCompletion, { ...completion, plan: '../x' }), /^plan: found "..\/x", expected a plan id/)
    for (const index of [-1, 0.5, 1e9, '1', null]) {
      assert.match(refused(parseCompletion, { ...completion, index }), /^index: found .*, expected a batch index/)
    }
  })

  it('refuses a field that it does not know, __proto__ included', () => {
    assert.equal(
      refused(parseVenueDay, { ...venueDay, priority: 1 }),
      'the message has a field that this version does not know: "priority" (a future version?)',
    )
    assert.match(refused(parseCompletion, { ...completion, a: 1, 'b\n': 2 }), /does not know: "a", "b\\n" \(a future/)
    assert.match(
      refused(parseVenueDay, '{"venue":"binance","date":"2024-08-08","__proto__":{"force":true}}'),
      /does not know: "__proto__"/,
    )
  })

  it('refuses what is no JSON object, with only its beginning', () => {
    for (const text of ['[]', '1', 'null', '"trades"', 'true']) {
      assert.match(refused(parseScheduleRequest, text), /^the message: found .*, expected a JSON object$/)
    }
    const reason = refused(parseVenueDay, `{"venue": 'x\u001b[31m'${' '.repeat(500)}`)
    assert.match(reason, /^the message is not JSON: found "\{"venue": 'x\\u\{1b\}\[31m'/)
    assert.ok(reason.length < 160, reason)
  })

  it('refuses bytes that are no text', () => {
    assert.deepEqual(parseVenueDay(Buffer.from([0x7b, 0xff, 0xfe])), {
      ok: false,
      reason: 'the message is not UTF-8, expected JSON (3 bytes)',
    })
  })

  it('refuses by length before it parses: 10 MB of nested lists would take the memory', () => {
    assert.equal(
      refused(parseVenueDay, '['.repeat(10_000_000)),
      `the message has 10000000 bytes, expected at most ${MAX_MESSAGE_BYTES}`,
    )
    assert.match(refused(parseVenueDay, '['.repeat(MAX_MESSAGE_BYTES)), /^the message is not JSON/)
    const deep = '['.repeat(MAX_MESSAGE_BYTES / 2) + ']'.repeat(MAX_MESSAGE_BYTES / 2)
    assert.match(refused(parseVenueDay, deep), /expected a JSON object$/)
  })
})

describe('pubsub/messages: anything at all', () => {
  it('never throws; a reason is one visible line, a message survives the round trip', () => {
    const any = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.uint8Array(),
      fc.anything().map(value => JSON.stringify(value)),
      fc
        .record({ venue: fc.string(), date: fc.string(), symbols: fc.array(fc.string({ unit: 'binary' })) })
        .map(value => JSON.stringify(value)),
    )
    fc.assert(
      fc.property(any, data => {
        for (const parse of [parseScheduleRequest, parseVenueDay, parseCompletion]) {
          const result = parse(data)
          if (result.ok) assert.deepEqual(parse(JSON.stringify(result.message)), result)
          else assert.match(result.reason, /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{1,2000}$/u)
        }
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('pubsub/messages: versions', () => {
  const PARSERS: Record<string, { parse: Parse; message: object }> = {
    'a schedule request': { parse: parseScheduleRequest, message: {} },
    'a venue-day': { parse: parseVenueDay, message: venueDay },
    'a completion': { parse: parseCompletion, message: completion },
  }
  for (const [what, { parse, message }] of Object.entries(PARSERS)) {
    it(`takes ${what} of a version up to its own, or without a version`, () => {
      for (const version of [undefined, 1, MESSAGE_VERSION]) {
        assert.deepEqual(parse(JSON.stringify({ ...message, version })).ok, true, String(version))
      }
    })

    it(`recognises ${what} of a higher version, whatever else is in it`, () => {
      for (const version of [MESSAGE_VERSION + 1, 1e9]) {
        assert.deepEqual(parse(JSON.stringify({ version, venue: 3, unheardOf: [] })), {
          ok: false,
          isNewer: true,
          reason: `the message has version ${version}, this release understands up to ${MESSAGE_VERSION}`,
        })
      }
    })

    it(`refuses ${what} with what is no version, or with an unknown field in a known version`, () => {
      for (const version of [0, -1, 1.5, '3', null, 1e300]) {
        assert.match(refused(parse, { ...message, version }), /^version: found .*, expected a version/)
      }
      assert.match(refused(parse, { ...message, version: MESSAGE_VERSION, extra: 1 }), /does not know: "extra"/)
    })
  }

  it('writes a version only where a message uses what version 1 does not have', () => {
    const forced: VenueDayMessage = { ...venueDay, force: true }
    assert.deepEqual(withVersion(forced), forced)
    assert.deepEqual(withVersion({ ...venueDay, upgrade: false }), { ...venueDay, upgrade: false })
    const upgrade = withVersion({ ...venueDay, upgrade: true })
    assert.deepEqual(upgrade, { ...venueDay, upgrade: true, version: 2 })
    assert.deepEqual(parseVenueDay(JSON.stringify(upgrade)), { ok: true, message: upgrade })
  })
})
