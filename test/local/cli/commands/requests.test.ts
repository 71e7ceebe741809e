import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLedger } from '../../../../functions/ledger/ledger.ts'
import { afterLook, type KeptRequest, openedBy, requestIdOf, withRound } from '../../../../functions/ledger/request.ts'
import { blockedBy } from '../../../../functions/ledger/vendor-block.ts'
import { systemClock } from '../../../../functions/runtime/deadline.ts'
import { openFolderBucket } from '../../../../functions/storage/folder/folder-bucket.ts'
import { SILENT } from '../../../support/silent-log.ts'
import { callMain } from '../cli.ts'

const NOW = Date.UTC(2024, 7, 10)
const ASKED = { venues: ['binance'], startDate: '2024-08-01', endDate: '2024-08-08', dataTypes: ['trades'] }

describe('tick-handler requests', () => {
  let folder: string
  const open = withRound(openedBy(undefined, requestIdOf(ASKED, ''), ASKED, NOW), NOW)
  const other = { ...ASKED, venues: ['a', 'b', 'c'] }
  const complete = afterLook(
    openedBy(undefined, requestIdOf(other, ''), other, NOW + 1),
    { endDate: '2024-08-08', downTo: '2024-08-01', open: undefined },
    NOW + 2,
  )

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'requests-'))
    const bucket = await openFolderBucket({ folder: join(folder, 'data'), displayUrl: 'data' })
    const ledger = openLedger(bucket, 'ticks')
    const services = { clock: systemClock, random: Math.random, log: SILENT }
    for (const request of [open, complete]) await ledger.update('request', request.id, () => request, services)
    const refusal = { reason: 'quota', untilMs: Date.UTC(2999, 0, 1), detail: 'quota used up' } as const
    await ledger.update('vendorBlock', 'vendor', () => blockedBy(undefined, refusal, NOW), services)
    await bucket.close()
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const requests = (...args: string[]) => callMain(['requests', ...args], { cwd: folder })

  it('lists them, with exit code 1 while one is open', async () => {
    const { code, stdout } = await requests()
    assert.equal(code, 1)
    assert.match(stdout, new RegExp(`^${open.id} +open +binance +2024-08-01 … 2024-08-08 +– +1 +2024-08-10$`, 'm'))
    assert.match(stdout, new RegExp(`^${complete.id} +complete +3 venues .* 2024-08-01 +0 +2024-08-10$`, 'm'))
    const { stdout: json } = await requests('list', '--json')
    const document = JSON.parse(json)
    assert.deepEqual(
      document.requests.map(({ id }: KeptRequest) => id),
      [open.id, complete.id],
    )
    assert.equal(document.block.reason, 'quota')
  })

  it('shows one, and gives one up once', async () => {
    assert.deepEqual(JSON.parse((await requests('show', open.id)).stdout), open)
    const first = await requests('give-up', open.id)
    assert.deepEqual([first.code, first.stdout], [0, `${open.id} is given up.\n`])
    assert.equal((await requests('give-up', open.id)).stdout, `${open.id} is given-up already, nothing changed.\n`)
    assert.equal(
      (await requests('give-up', complete.id)).stdout,
      `${complete.id} is complete already, nothing changed.\n`,
    )
    const { code, stdout } = await requests('--json')
    assert.equal(code, 0)
    assert.deepEqual(
      JSON.parse(stdout).requests.map(({ state }: KeptRequest) => state),
      ['given-up', 'complete'],
    )
  })

  it('refuses what it does not understand, and an id that is not there', async () => {
    for (const [args, error] of [
      [['drop'], /unexpected argument "drop", expected list, show or give-up/],
      [['show'], /show: found no id, expected the id of a request/],
      [['give-up', '../x'], /give-up: found "\.\.\/x", expected the id of a request/],
      [['list', 'x'], /unexpected argument "x"/],
    ] as const) {
      const { code, stderr } = await requests(...args)
      assert.equal(code, 2)
      assert.match(stderr, error)
    }
    const { code, stderr } = await requests('show', '0123456789abcdef')
    assert.equal(code, 1)
    assert.match(stderr, /no request 0123456789abcdef in \.?\/?data/)
  })

  it('is told by status: that the vendor refuses everything, and how many requests are open', async () => {
    const { stdout } = await callMain(['status'], { cwd: folder })
    assert.match(stdout, /^the deployed functions wait: Tardis daily quota used up until 00:00 UTC on 2999-01-01/m)
    assert.match(stdout, /^1 open request for given days: tick-handler requests --data-dir \.\/data$/m)
    const document = JSON.parse((await callMain(['status', '--json'], { cwd: folder })).stdout)
    assert.deepEqual([document.openRequests, document.vendorBlock.reason], [[open.id], 'quota'])
  })
})
