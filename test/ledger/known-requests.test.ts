import assert from 'node:assert/strict'
import { type Ledger, openLedger } from '../../functions/ledger/ledger.ts'
import { OpenRequests, sortOutRequests } from '../../functions/ledger/open-requests.ts'
import { type Asked, openedBy } from '../../functions/ledger/request.ts'
import { TestClock } from '../fetch/test-clock.ts'
import { WatchedBucket } from '../fetch/watched-bucket.ts'
import { SILENT } from '../support/silent-log.ts'

const ASKED: Asked = { venues: ['binance'], startDate: '2024-08-01', endDate: '2024-08-08', dataTypes: ['trades'] }
const ONE = '0000000000000001'
const TWO = '0000000000000002'

function setUp() {
  const bucket = new WatchedBucket()
  const clock = new TestClock()
  const ledger = openLedger(bucket, 'ticks')
  const options = { clock, random: () => 0.5, log: SILENT }
  const put = (id: string, state: 'open' | 'complete' = 'open') =>
    ledger.update('request', id, () => ({ ...openedBy(undefined, id, ASKED, clock.now()), state }), options)
  let lists = 0
  const counted: Ledger = {
    ...ledger,
    listRequests(signal) {
      lists++
      return ledger.listRequests(signal)
    },
  }
  return { bucket, clock, ledger: counted, options, put, lists: () => lists }
}

describe('open requests, as one process knows them', () => {
  it('are read once in 30 s where they have what is looked for', async () => {
    const { clock, ledger, put, lists } = setUp()
    await put(ONE)
    const known = new OpenRequests(clock)
    const findOne = async () => (await known.find(ledger, ({ id }) => id === ONE))?.id
    assert.deepEqual([await findOne(), lists()], [ONE, 1])
    clock.advance(29_999)
    assert.deepEqual([await findOne(), lists()], [ONE, 1])
    clock.advance(1)
    assert.deepEqual([await findOne(), lists()], [ONE, 2])
  })

  it('are read again at once where none fits', async () => {
    const { clock, ledger, put, lists } = setUp()
    const known = new OpenRequests(clock)
    const find = async (wanted: string) => (await known.find(ledger, ({ id }) => id === wanted))?.id
    assert.deepEqual([await find(TWO), lists()], [undefined, 1])
    await put(ONE)
    assert.deepEqual([await find(TWO), lists()], [undefined, 2])
    await put(TWO)
    assert.deepEqual([await find(TWO), await find(ONE), lists()], [TWO, ONE, 3])
  })

  it('are in order of id, without one that is gone since the list', async () => {
    const { bucket, ledger, options, put } = setUp()
    await put(TWO)
    await put(ONE)
    await put('0000000000000003')
    bucket.beforeRead = name => void (name.endsWith('3.json') && bucket.delete(name))
    const open = await sortOutRequests(ledger, options)
    assert.deepEqual(
      open.map(({ id }) => id),
      [ONE, TWO],
    )
  })

  it('note nothing where none has ended, and warn where noting fails', async () => {
    const { bucket, ledger, options, put } = setUp()
    await put(ONE)
    await sortOutRequests(ledger, options)
    assert.equal(bucket.has('_ledger/requests/ended.json'), false)
    await put(TWO, 'complete')
    const warned: unknown[] = []
    const log = { ...SILENT, warn: (...args: unknown[]) => void warned.push(args) }
    const down = new Error('bucket down')
    bucket.beforeWrite = () => Promise.reject(down)
    await sortOutRequests(ledger, { ...options, log })
    assert.equal(warned.length, 1)
    const [[message, { error }]] = warned as [[string, { error: Error }]]
    assert.equal(message, 'which requests are ended was not noted, the next run does it')
    assert.match(`${error}${error.cause}`, /bucket down/)
  })
})
