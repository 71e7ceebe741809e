import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { openLedger } from '../../../functions/ledger/ledger.ts'
import { startFunction } from '../../support/function-process.ts'
import { startPubSubServer } from '../../support/pubsub-server.ts'
import { DAY, KEY } from '../market.ts'
import type { Rig } from '../rig.ts'
import type { FaultCase, Planted } from './fault-case.ts'
import { stalledWithin } from './vendor-faults.ts'

const INDEX = fileURLToPath(new URL('../../../functions/index.ts', import.meta.url))
/** What Cloud Run gives an instance that is being stopped. */
const GRACE_MS = 10_000

/**
 * The deployed fetch function in a process of its own plans the day and works on a batch; at B's second half it gets the
 * signal. What it has published, and the message it did not acknowledge, are delivered in this process.
 */
async function signalled(rig: Rig, planted: { fired: number }, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const topics = await startPubSubServer()
  const fetch = await startFunction(INDEX, 'fetch', {
    GCS_BUCKET: 'ticks',
    GCS_API_ENDPOINT: rig.proxy.endpoint,
    PUBSUB_EMULATOR_HOST: topics.host,
    GOOGLE_CLOUD_PROJECT: 'team-42',
    TARDIS_API_KEY: KEY,
    TARDIS_API_URL: rig.vendor.apiUrl,
    TARDIS_DATASETS_URL: rig.vendor.datasetsUrl,
    DATA_TYPES: 'trades',
    BATCH_SIZE: '2',
    DOWNLOAD_MAX_WORKERS: '1',
    DOWNLOAD_MAX_CONNECTIONS: '1',
  })
  try {
    assert.equal((await fetch.push(JSON.stringify(DAY))).status, 204, fetch.output.stderr)
    const messages = topics.taken.map(({ data }) => JSON.parse(String(data)))
    const batch = messages.find(message => message.batch?.index === 0)
    let signalledAtMs = 0
    rig.vendor.plant('B', call => {
      stalledWithin(call)
      planted.fired += 1
      signalledAtMs = performance.now()
      fetch.child.kill(signal)
    })
    const answered = fetch.push(JSON.stringify(batch)).then(
      ({ status }) => status === 204,
      () => false,
    )
    const acknowledged = await answered
    const { code } = await fetch.ended
    const tookMs = performance.now() - signalledAtMs
    const output = fetch.output.stdout + fetch.output.stderr
    assert.ok(!output.includes(KEY))
    if (signal === 'SIGTERM') {
      assert.deepEqual({ acknowledged, code }, { acknowledged: true, code: 0 }, output)
      assert.ok(tookMs < GRACE_MS, `ended after ${tookMs} ms`)
      const receipt = await openLedger(rig.truth, 'ticks').readReceipt({ ...DAY, ...batch.batch })
      assert.deepEqual(
        [receipt?.handedOn, receipt?.results.map(({ symbol, status }) => `${symbol} ${status}`)],
        [1, ['A stored']],
      )
    } else assert.equal(acknowledged, false)
    const left = topics.taken.map(({ topic, data }) => ({ topic, message: JSON.parse(String(data)) }))
    if (!acknowledged) left.push({ topic: 'tick-venue-days', message: batch })
    for (const { topic, message } of left) await rig.publish(topic.slice(topic.lastIndexOf('/') + 1), message)
    await rig.drained()
  } finally {
    fetch.child.kill('SIGKILL')
    await topics.close()
  }
}

function killed(signal: 'SIGTERM' | 'SIGKILL', fault: string): FaultCase {
  const planted = { fired: 0 }
  return {
    stage: 'process',
    fault,
    often: 'once',
    plant: (): Planted => planted,
    run: rig => signalled(rig, planted, signal),
  }
}

export const PROCESS_CASES: readonly FaultCase[] = [
  killed('SIGTERM', 'SIGTERM within a batch: its receipt is written, the rest handed on, exit code 0'),
  killed('SIGKILL', 'SIGKILL within a batch'),
]
