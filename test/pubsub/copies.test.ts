import assert from 'node:assert/strict'
import {
  batchMessage,
  copyRequest,
  isCopyRequest,
  isTablesRequest,
  MESSAGE_VERSION,
  parseCopyRequest,
  parseTablesRequest,
  parseVenueDay,
} from '../../functions/pubsub/messages.ts'

const BATCH = { venue: 'binance', date: '2024-08-08', plan: 'abcdefabcdef', index: 3 }

describe('pubsub/messages: copies', () => {
  it('a request for copies survives the round trip, and has the version that first has it', () => {
    const request = copyRequest(BATCH)
    assert.deepEqual(request, { tables: 'copy', ...BATCH, version: 5 })
    const data = JSON.stringify(request)
    assert.deepEqual(parseCopyRequest(data), { ok: true, message: request })
    assert.deepEqual([isCopyRequest(data), isTablesRequest(data), parseTablesRequest(data).ok], [true, true, false])
    assert.equal(isCopyRequest('{"tables":"refresh"}'), false)
  })

  it('a batch has a version only where its objects are copied', () => {
    const { plan, index, ...day } = BATCH
    assert.deepEqual(batchMessage(BATCH), { ...day, batch: { plan, index } })
    const copied = batchMessage(BATCH, true)
    assert.deepEqual(copied, { ...day, batch: { plan, index, copied: true }, version: 5 })
    assert.deepEqual(parseVenueDay(JSON.stringify(copied)), { ok: true, message: copied })
  })

  it('is refused in parts, with unknown fields, and from a newer release', () => {
    const reasonOf = (message: object) => {
      const parsed = parseCopyRequest(JSON.stringify(message))
      return parsed.ok ? 'understood' : parsed.reason
    }
    const { plan: _, ...part } = copyRequest(BATCH)
    assert.match(reasonOf(part), /^plan is missing/)
    assert.match(reasonOf({ ...copyRequest(BATCH), index: -1 }), /^index: found -1, expected a batch index/)
    assert.match(reasonOf({ ...copyRequest(BATCH), venue: '../x' }), /^venue: found/)
    assert.match(reasonOf({ ...copyRequest(BATCH), extra: 1 }), /does not know: "extra"/)
    assert.match(reasonOf({ ...copyRequest(BATCH), version: MESSAGE_VERSION + 1 }), /this release understands up to/)
    const notTrue = parseVenueDay(
      JSON.stringify({ ...batchMessage(BATCH, true), batch: { plan: 'a1b2', index: 0, copied: false } }),
    )
    assert.match(notTrue.ok ? '' : notTrue.reason, /^batch.copied: found false, expected true/)
  })
})
