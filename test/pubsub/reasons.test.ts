import assert from 'node:assert/strict'
import { parseCompletion, parseScheduleRequest, parseVenueDay, withVersion } from '../../functions/pubsub/messages.ts'
import { readPush } from '../../functions/pubsub/push.ts'

const venueDay = { venue: 'binance-futures', date: '2024-08-08' }
const reasonOf = (
  parse: typeof parseVenueDay | typeof parseScheduleRequest | typeof parseCompletion,
  value: object,
) => {
  const parsed = parse(JSON.stringify(value))
  return parsed.ok ? undefined : parsed.reason
}

describe('pubsub/messages: the reason for a refusal', () => {
  it('says what a list is of', () => {
    const expected = (of: string) => `expected a list of 1 to ${of} (left out: all of them)`
    assert.equal(reasonOf(parseScheduleRequest, { venues: 1 }), `venues: found 1, ${expected('200 venues')}`)
    assert.equal(reasonOf(parseScheduleRequest, { dataTypes: 1 }), `dataTypes: found 1, ${expected('50 data types')}`)
    assert.equal(reasonOf(parseScheduleRequest, { symbols: 1 }), `symbols: found 1, ${expected('5000 symbols')}`)
  })

  it('names three faults in a row, and counts only those beyond', () => {
    const faults = (count: number) =>
      reasonOf(parseVenueDay, { ...venueDay, force: 1, upgrade: 2, symbols: Array(count).fill('') })
    const flags = 'force: found 1, expected true or false; upgrade: found 2, expected true or false'
    const symbol = 'symbols[0]: found "", expected a symbol of 1 to 128 printable characters'
    assert.equal(
      faults(1)!.split('; ').sort().join('; '),
      `${flags.split('; ')[0]}; ${symbol}; ${flags.split('; ')[1]}`,
    )
    assert.match(faults(2)!, /; and 1 more$/)
  })

  it('names what a message that compares incidents has too much', () => {
    const reason = reasonOf(parseVenueDay, { ...venueDay, incidentsSince: '2024-08-01', force: true })
    assert.equal(reason, 'force: found true, expected no such field beside incidentsSince')
    const late = reasonOf(parseVenueDay, { ...venueDay, incidentsSince: '2024-08-09' })
    assert.match(
      late!,
      /incidentsSince: found "2024-08-09", expected a date at most 3652 days before 2024-08-08, and not/,
    )
  })

  it('names at most three fields that it does not know', () => {
    const known = 'that this version does not know:'
    assert.equal(
      reasonOf(parseCompletion, { ...venueDay, plan: '0a1b2c3d', index: 0, a: 1, b: 2, c: 3, d: 4 }),
      `the message has fields ${known} "a", "b", "c" (a future version?)`,
    )
    assert.equal(
      reasonOf(parseVenueDay, { ...venueDay, a: 1 }),
      `the message has a field ${known} "a" (a future version?)`,
    )
  })
})

describe('pubsub/messages: the version that a message needs', () => {
  it('is 3 for a part of a kept request, whatever else it has', () => {
    const request = '0123456789abcdef'
    assert.equal(withVersion({ ...venueDay, request }).version, 3)
    assert.equal(withVersion({ ...venueDay, request, upgrade: true }).version, 3)
  })

  it('is 4 for days whose incidents are compared, so that an older fetch does not plan them', () => {
    assert.equal(withVersion({ ...venueDay, incidentsSince: '2024-08-01' }).version, 4)
  })
})

describe('pubsub/push: where it finds the project', () => {
  const message = { messageId: '11' }
  const projectOf = (event: object) => {
    const pushed = readPush(event)
    return pushed.ok && pushed.message.projectId
  }

  it('is the subscription where the source names none', () => {
    const subscription = 'projects/team-42/subscriptions/fetch'
    for (const source of [undefined, 7, '', '//pubsub.googleapis.com/topics/t', 'projects/UPPER/topics/t'])
      assert.equal(projectOf({ message, source, subscription }), 'team-42')
    assert.equal(projectOf({ message, source: 'x', subscription: 'y' }), undefined)
  })

  it('keeps a request that is undefined as that word', () => {
    const pushed = readPush(undefined)
    assert.equal(!pushed.ok && String(pushed.data), 'undefined')
  })
})
