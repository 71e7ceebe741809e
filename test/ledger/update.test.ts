import assert from 'node:assert/strict'
import { LedgerDocumentError } from '../../functions/ledger/document.ts'
import { openLedger } from '../../functions/ledger/ledger.ts'
import type { Plan } from '../../functions/ledger/plan.ts'
import type { UpdateOptions } from '../../functions/ledger/update.ts'
import { ABSENT } from '../../functions/storage/bucket.ts'
import { TestClock } from '../fetch/test-clock.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'
import { SILENT } from '../support/silent-log.ts'
import { DAY, planOf } from './documents.ts'

const NAME = '_ledger/venue=binance/date=2024-08-08/plan.json'
const JSON_TYPE = { contentType: 'application/json' }

const symbolsOf = (plan: Plan | undefined) => plan?.batches[0]?.items.map(({ symbol }) => symbol)
const adding = (symbol: string) => (current: Plan | undefined) => planOf([[...(symbolsOf(current) ?? []), symbol]])

describe('ledger.update', () => {
  let bucket: MemoryBucket
  let clock: TestClock
  let writes: number
  /** Called before each write of the update. */
  let rival: (() => Promise<unknown>) | undefined

  beforeEach(() => {
    bucket = new MemoryBucket()
    clock = new TestClock()
    writes = 0
    rival = undefined
    bucket.hook = async ({ operation, when }) => {
      if (operation !== 'write' || when !== 'before') return
      writes += 1
      const act = rival
      rival = undefined
      await act?.()
    }
  })

  const ledger = () => openLedger(bucket, 'ticks')
  const options = (more: Partial<UpdateOptions> = {}): UpdateOptions => ({
    clock,
    random: () => 0.5,
    log: SILENT,
    ...more,
  })
  const update = (change: (current: Plan | undefined) => Plan | undefined, more?: Partial<UpdateOptions>) =>
    ledger().update('plan', DAY, change, options(more))

  it('creates what is not there, and changes what is', async () => {
    assert.deepEqual(await update(adding('A')), { document: planOf([['A']]), written: true })
    assert.deepEqual(await update(adding('B')), { document: planOf([['A', 'B']]), written: true })
    assert.deepEqual(await ledger().readPlan(DAY), planOf([['A', 'B']]))
  })

  it('writes nothing where the document is stored already', async () => {
    await update(() => planOf([['A']]))
    assert.deepEqual(await update(() => planOf([['A']])), { document: planOf([['A']]), written: false })
    assert.equal(writes, 1)
  })

  it('writes nothing where the change returns undefined', async () => {
    assert.equal(await update(() => undefined), undefined)
    assert.equal(writes, 0)
  })

  it('starts again with what another writer wrote, after a pause', async () => {
    rival = () => update(adding('RIVAL'))
    assert.deepEqual((await update(adding('MINE')))?.document, planOf([['RIVAL', 'MINE']]))
    assert.deepEqual(clock.waitsMs, [250])
  })

  it('loses nothing of 8 writers at once', async () => {
    const names = Array.from({ length: 8 }, (_, n) => `S${n}`)
    await Promise.all(names.map(name => update(adding(name), { maxAttempts: 100 })))
    assert.deepEqual(symbolsOf(await ledger().readPlan(DAY))?.toSorted(), names)
  })

  /** From now on another writer is first, every time. */
  function alwaysSecond() {
    let count = 0
    const write = async () => {
      rival = undefined
      const generation = (await bucket.stat(NAME))?.generation ?? ABSENT
      await bucket.write(NAME, Buffer.from(`${JSON.stringify(planOf([[`R${count++}`]]))}\n`), generation, JSON_TYPE)
      rival = write
    }
    rival = write
  }

  it('gives up after so many conflicts in a row', async () => {
    alwaysSecond()
    await assert.rejects(
      update(adding('A'), { maxAttempts: 3 }),
      /plan\.json: other writers were first 3 times in a row/,
    )
    assert.deepEqual(clock.waitsMs, [250, 500])
  })

  it('waits between attempts as given, and ends with the reason of its signal', async () => {
    alwaysSecond()
    const controller = new AbortController()
    const reason = new Error('no time left')
    const backoffMs = (attempt: number, jitter: number) => {
      if (attempt === 4) controller.abort(reason)
      return attempt + jitter
    }
    const { signal } = controller
    await assert.rejects(update(adding('A'), { signal, backoffMs, maxAttempts: 100 }), error => error === reason)
    assert.deepEqual(clock.waitsMs, [1.5, 2.5, 3.5])
  })

  it('waits before each read and reports each write', async () => {
    const order: string[] = []
    const { hook } = bucket
    bucket.hook = async operation => {
      if (operation.when === 'before') order.push(operation.operation)
      await hook?.(operation)
    }
    const paced = { beforeRead: async () => void order.push('turn'), beforeWrite: () => void order.push('writing') }
    await update(adding('A'), paced)
    await update(() => planOf([['A']]), paced)
    assert.deepEqual(order, ['turn', 'read', 'writing', 'write', 'turn', 'read'])
  })

  it('does not write over a plan or a receipt that it cannot read', async () => {
    await bucket.write(NAME, Buffer.from('{"half'), ABSENT, JSON_TYPE)
    await assert.rejects(update(adding('A')), LedgerDocumentError)
    assert.equal(Buffer.from(bucket.contents().get(NAME)!).toString(), '{"half')
  })
})
