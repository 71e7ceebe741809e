import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseScheduleRequest } from '../../functions/pubsub/messages.ts'
import { DAY, worldOf } from '../fetch/world.ts'

const ROOT = join(import.meta.dirname, '../..')

/** The messages of `gcloud pubsub topics publish` in a document, with names and days for the placeholders. */
function messagesIn(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8')
  const found = [...text.matchAll(/topics publish tick-schedule .*?--message='([^']*)'/g)].map(match => match[1]!)
  return found.map(message => message.replaceAll('"V"', '"deribit"').replaceAll('"D"', '"2024-08-08"'))
}

describe('the messages that documents show', () => {
  for (const [file, count] of [
    ['functions/pubsub/README.md', 1],
    ['infra/README.md', 2],
  ] as const) {
    it(`are understood: ${file}`, () => {
      const messages = messagesIn(file)
      assert.equal(messages.length, count)
      for (const message of messages) assert.deepEqual(parseScheduleRequest(message).ok, true, message)
    })
  }

  it('fetch what they say: a month of a pattern, less what is left out', async () => {
    const world = worldOf({ 'BTC-1-C': ['trades'], 'BTC-1-P': ['trades'], 'ETH-1-C': ['trades'] })
    world.vendor.details = { ...world.vendor.details, venue: 'deribit' }
    await world.schedule(JSON.parse(messagesIn('functions/pubsub/README.md')[0]!))
    await world.drain()
    assert.deepEqual([...new Set(world.vendor.opened)], ['trades/BTC-1-C'])
    assert.equal(world.bucket.json(`_ledger/venue=deribit/date=${DAY.date}/manifest.json`).status, 'complete')
  })
})
