import assert from 'node:assert/strict'
import { handleCompletion } from '../../functions/aggregate/handler.ts'
import type { Log, LogFields } from '../../functions/runtime/log/log.ts'
import { DAY, LEDGER, type Message, type World, worldOf } from '../fetch/world.ts'

const MANIFEST = `${LEDGER}/manifest.json`
const DAYS = ['2024-08-07', '2024-08-08', '2024-08-09'].map(date => ({ ...DAY, date }))
const dataOf = ({ id, value }: Message) => ({ id, data: Buffer.from(JSON.stringify(value)) })

/** A world of planned batches, and the messages of these. */
async function planned(symbols: string[], days = [DAY]): Promise<{ world: World; batches: Message[] }> {
  const world = worldOf(Object.fromEntries(symbols.map(symbol => [symbol, ['trades']])), 1)
  for (const day of days) await world.fetch(day, `fetch-${day.date}`)
  return { world, batches: world.queue.splice(0).filter(({ value }) => value.batch) }
}

/** Entries with the fields of the log's own, as a real log has them. */
function recording(entries: { message: string; fields: LogFields }[], own: LogFields = {}): Log {
  const write = (message: string, fields: LogFields = {}) => entries.push({ message, fields: { ...own, ...fields } })
  return {
    debug: write,
    info: write,
    warn: write,
    error: write,
    child: more => recording(entries, { ...own, ...more }),
  }
}

describe('handleCompletion: what it reads and reports', () => {
  it('folds the receipts that there are, and counts the items of other batches as pending', async () => {
    const { world, batches } = await planned(['A', 'B'])
    await world.deliver(batches[0]!)
    await world.deliver(world.queue.shift()!)
    assert.deepEqual(world.statuses(), { 'trades/A': 'stored', 'trades/B': 'pending' })
    assert.equal(world.manifest().status, 'incomplete')
  })

  it('reads no receipt of a batch that has lost its items to a newer one', async () => {
    const { world, batches } = await planned(['A', 'B'])
    for (const batch of batches) await world.deliver(batch)
    world.queue.length = 0
    await world.fetch({ ...DAY, symbols: ['A'], force: true }, 'forced')
    for (const message of world.queue.splice(0)) if (message.value.batch) await world.deliver(message)
    const lost = world.plan()!.batches.filter(({ items }) => items.length === 0)
    assert.equal(lost.length, 1)
    const read: string[] = []
    world.bucket.beforeRead = name => void read.push(name)
    await world.deliver(world.queue.find(({ value }) => 'plan' in value)!)
    const { plan, index } = lost[0]!
    assert.ok(!read.includes(`${LEDGER}/receipts/${plan}/${index}.json`), read.join())
    assert.equal(read.filter(name => name.includes('/receipts/')).length, 2)
  })

  it('folds completions of several days at once into a manifest each', async () => {
    const { world, batches } = await planned(['A'], DAYS)
    for (const batch of batches) await world.deliver(batch)
    const { services } = world
    await Promise.all(world.queue.splice(0).map(message => handleCompletion(dataOf(message), services)))
    for (const { date } of DAYS) {
      const manifest = world.bucket.json(`_ledger/venue=binance/date=${date}/manifest.json`) as { date: string }
      assert.equal(manifest.date, date)
    }
  })

  it('writes a manifest again after a second at the earliest', async () => {
    const { world, batches } = await planned(['A', 'B'])
    const { services } = world
    const writtenAtMs: number[] = []
    for (const batch of batches) {
      await world.deliver(batch)
      await handleCompletion(dataOf(world.queue.shift()!), services)
      writtenAtMs.push(world.clock.now())
    }
    assert.equal(world.bucket.tries.get(MANIFEST), 2)
    assert.equal(writtenAtMs[1]! - writtenAtMs[0]!, 1_000)
  })

  it('warns of a completion for a venue-day without a plan', async () => {
    const world = worldOf()
    await world.aggregate({ ...DAY, plan: 'abcdef', index: 0 })
    assert.deepEqual(world.logged, [
      { level: 'warn', message: 'completion for a venue-day without a plan: nothing to fold', fields: undefined },
    ])
  })

  it('logs whether it wrote, with the batch that it worked for, and needs nobody to observe it', async () => {
    const { world, batches } = await planned(['A'])
    await world.deliver(batches[0]!)
    const entries: { message: string; fields: LogFields }[] = []
    const { observe: _, ...services } = { ...world.services, log: recording(entries) }
    const completion = world.queue[0]!
    await handleCompletion(dataOf(completion), services)
    await handleCompletion(dataOf(completion), services)
    const lines = entries.filter(({ fields }) => fields.event === 'manifest')
    assert.deepEqual(
      lines.map(({ message }) => message),
      ['manifest written', 'manifest is up to date'],
    )
    for (const { fields } of lines) {
      const { venue, date, plan, index } = fields
      assert.deepEqual({ venue, date, plan, index }, { ...completion.value })
    }
  })

  it('logs the condition of the venue-day with its reasons, as in the manifest', async () => {
    const { world, batches } = await planned(['A', 'B'])
    world.vendor.answer('trades/B', 'FORBIDDEN')
    for (const batch of batches) await world.deliver(batch)
    for (const completion of world.queue.splice(0)) await handleCompletion(dataOf(completion), world.services)
    const { condition, reasons } = world.manifest()
    const { fields } = world.logged.findLast(({ fields }) => fields?.event === 'manifest')!
    assert.deepEqual([condition, reasons], ['degraded', [{ reason: 'forbidden', items: 1 }]])
    assert.deepEqual([fields?.condition, fields?.reasons], [condition, reasons])
  })
})
