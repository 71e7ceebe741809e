import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sampleSource } from '../../../functions/emulators/tardis/sample-source.ts'
import type { Manifest } from '../../../functions/ledger/manifest.ts'
import type { ItemName } from '../../../functions/market/items.ts'
import { runCli } from '../cli/cli.ts'
import { isAlive } from './processes.ts'
import { type RunningStack, startOnFolder, whyNoEmulator } from './running-stack.ts'

const VENUES = ['binance-futures', 'deribit']
const DAY_MS = 86_400_000
const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10)

describe('the built functions on the Pub/Sub emulator, wired as when deployed', function () {
  this.timeout(120_000)
  let running: RunningStack
  /** Every dataset that fetch asked the vendor for. */
  const asked: ItemName[] = []
  let onAsked: (name: ItemName) => void = () => {}

  before(async function () {
    const missing = await whyNoEmulator()
    if (missing !== undefined) {
      process.stderr.write(`\n  !! NOT TESTED: the functions on the Pub/Sub emulator\n  !! ${missing}\n\n`)
      return this.skip()
    }
    const sample = sampleSource({ dates: ['2024-08-01', daysAgo(1)], rowsPerFile: 300 })
    const source = {
      ...sample,
      async dataset(name: ItemName) {
        asked.push(name)
        onAsked(name)
        return await sample.dataset(name)
      },
    }
    // One connection: two items are in work at a time, and the others have not been asked for.
    const settings = { VENUES: VENUES.join(), LOOKBACK_DAYS: '2', DOWNLOAD_MAX_CONNECTIONS: '1' }
    running = await startOnFolder(settings, { source })
  })
  after(() => running?.close())

  const complete = (venue: string, date: string) =>
    running.said(
      entry =>
        entry.event === 'manifest' && entry.venue === venue && entry.date === date && entry.status === 'complete',
    )
  const manifestOf = async (venue: string, date: string): Promise<Manifest> =>
    JSON.parse(await readFile(join(running.folder, `_ledger/venue=${venue}/date=${date}/manifest.json`), 'utf8'))

  it('a scheduled run: what Cloud Scheduler publishes ends in complete manifests of the last days', async () => {
    await running.publish('tick-schedule', '{}')
    for (const venue of VENUES) {
      for (const date of [daysAgo(1), daysAgo(2)]) {
        await complete(venue, date)
        const { status, counts } = await manifestOf(venue, date)
        assert.deepEqual([status, counts.items], ['complete', counts.stored + counts.empty])
        assert.ok(counts.stored > 0)
      }
    }
  })

  it('a backfill by hand: tick-handler backfill ends in complete manifests of what it names', async () => {
    const { host, project } = running.stack.pubsub
    const range = ['--start-date', '2024-08-01', '--end-date', '2024-08-02']
    const args = ['backfill', '--venues', 'deribit', ...range, '--data-types', 'trades', '--project', project]
    const { code, stderr } = await runCli(args, { cwd: running.folder, env: { PUBSUB_EMULATOR_HOST: host } })
    assert.deepEqual([code, stderr.includes('published 1 request')], [0, true], stderr)
    for (const date of ['2024-08-01', '2024-08-02']) {
      await complete('deribit', date)
      const { scope, items } = await manifestOf('deribit', date)
      assert.deepEqual(
        scope.map(({ dataType }) => dataType),
        ['trades'],
      )
      assert.deepEqual(
        items.map(({ symbol, status }) => [symbol, status]),
        [
          ['BTC-PERPETUAL', 'stored'],
          ['OPTIONS', 'stored'],
        ],
      )
    }
  })

  it('a function killed in the middle of a batch: redelivered and completed, and nothing done twice', async () => {
    const date = '2024-08-05'
    const first = running.stack.pid('fetch')!
    asked.length = 0
    let killed: ItemName | undefined
    onAsked = name => {
      // The fifth of nine: some are stored by then, some are in work, some not begun.
      if (killed || asked.length < 5) return
      killed = name
      process.kill(running.stack.pid('fetch')!, 'SIGKILL')
    }
    await running.publish('tick-venue-days', JSON.stringify({ venue: 'binance-futures', date }))
    const { part } = await running.said(({ event }) => event === 'ended by SIGKILL, starting it again')
    assert.equal(part, 'fetch')
    await complete('binance-futures', date)
    const { counts } = await manifestOf('binance-futures', date)
    assert.equal(counts.stored + counts.empty, counts.items)
    assert.notEqual(running.stack.pid('fetch'), first)
    // Two were in work when it died: only those were fetched again.
    const again = asked.length - counts.items
    assert.ok(killed && again >= 1 && again <= 2, `${asked.length} fetched for ${counts.items} items`)
    const batch = await running.said(entry => entry.event === 'batch_done' && entry.date === date)
    assert.ok(Number(batch.adopted) >= 2, JSON.stringify(batch))
  })

  it('a message that cannot be understood: kept, logged, and not delivered again', async () => {
    await running.publish('tick-schedule', '{"venues":"all"}')
    const { messageId, object } = await running.said(({ event }) => event === 'message_rejected')
    assert.deepEqual(await readdir(join(running.folder, '_ledger/rejected')), [`schedule-${messageId}.json`])
    assert.equal(object, `_ledger/rejected/schedule-${messageId}.json`)
  })

  it('stops, and leaves no process', async () => {
    const pids = (['schedule', 'fetch', 'aggregate'] as const).map(name => running.stack.pid(name)!)
    assert.deepEqual(pids.map(isAlive), [true, true, true])
    await running.stack.stop()
    assert.deepEqual(pids.map(isAlive), [false, false, false])
    await assert.rejects(fetch(`http://${running.stack.pubsub.host}`), TypeError)
  })
})
