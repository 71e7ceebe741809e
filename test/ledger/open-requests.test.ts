import assert from 'node:assert/strict'
import { openLedger } from '../../functions/ledger/ledger.ts'
import { sortOutRequests } from '../../functions/ledger/open-requests.ts'
import { type Asked, type KeptRequest, openedBy } from '../../functions/ledger/request.ts'
import { TestClock } from '../fetch/test-clock.ts'
import { WatchedBucket } from '../fetch/watched-bucket.ts'
import { SILENT } from '../support/silent-log.ts'

const ASKED: Asked = { venues: ['binance'], startDate: '2024-08-01', endDate: '2024-08-08', dataTypes: ['trades'] }
const ENDED = '_ledger/requests/ended.json'
const idOf = (n: number) => n.toString(16).padStart(16, '0')

/** Six requests, of which the even ones are open. */
async function setUp() {
  const bucket = new WatchedBucket()
  const clock = new TestClock()
  const ledger = openLedger(bucket, 'ticks')
  const options = { clock, random: () => 0.5, log: SILENT }
  const put = (n: number, state: KeptRequest['state']) =>
    ledger.update('request', idOf(n), () => ({ ...openedBy(undefined, idOf(n), ASKED, clock.now()), state }), options)
  for (let n = 0; n < 6; n++) await put(n, n % 2 === 0 ? 'open' : 'complete')
  const reads: string[] = []
  bucket.beforeRead = async name => void reads.push(name)
  const idsRead = () =>
    reads.splice(0).flatMap(name => {
      const [, id] = /([0-9a-f]{16})\.json$/.exec(name) ?? []
      return id === undefined ? [] : [Number.parseInt(id, 16)]
    })
  return { bucket, ledger, options, put, idsRead }
}

describe('open requests', () => {
  it('are all read at first, and then without those that are known to be ended', async () => {
    const { ledger, options, idsRead } = await setUp()
    const open = [0, 2, 4].map(idOf)
    assert.deepEqual(
      (await sortOutRequests(ledger, options)).map(({ id }) => id),
      open,
    )
    assert.deepEqual(idsRead().sort(), [0, 1, 2, 3, 4, 5])
    assert.deepEqual(
      (await sortOutRequests(ledger, options)).map(({ id }) => id),
      open,
    )
    assert.deepEqual(idsRead().sort(), [0, 2, 4])
  })

  it('are found where an ended one is opened again', async () => {
    const { ledger, options, put } = await setUp()
    await sortOutRequests(ledger, options)
    await put(3, 'open')
    assert.deepEqual(
      (await sortOutRequests(ledger, options)).map(({ id }) => id),
      [0, 2, 3, 4].map(idOf),
    )
  })

  it('are found where the note of the ended ones is damaged or cannot be written', async () => {
    const { bucket, ledger, options } = await setUp()
    bucket.beforeWrite = async () => {
      throw new Error('bucket down')
    }
    assert.equal((await sortOutRequests(ledger, options)).length, 3)
    assert.equal(bucket.has(ENDED), false)
    bucket.beforeWrite = async () => {}
    await bucket.write(ENDED, Buffer.from('{"schemaVersion":1,'), '0', { contentType: 'application/json' })
    assert.equal((await sortOutRequests(ledger, options)).length, 3)
    assert.deepEqual(Object.keys(bucket.json(ENDED).generations), [1, 3, 5].map(idOf))
  })
})
