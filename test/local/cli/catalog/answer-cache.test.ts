import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { AnswerCache, cacheFolder } from '../../../../functions/local/cli/catalog/answer-cache.ts'
import { DAY_MS } from '../../../../functions/market/days.ts'
import { VendorError } from '../../../../functions/tardis/error.ts'

const schema = z.object({ n: z.number() })

describe('AnswerCache', () => {
  let folder: string
  let now: number
  let warnings: string[]
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'answers-'))
    ;[now, warnings] = [Date.UTC(2024, 7, 1), []]
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const cache = (refresh = false, at = folder) =>
    new AnswerCache({ folder: at, nowMs: () => now, refresh, warn: line => warnings.push(line) })
  const get = (n: number, refresh?: boolean) => cache(refresh).get('venues', schema, async () => ({ n }))
  const fail = () => Promise.reject(new VendorError('no answer', { retryable: true }))

  it('requests once per day, and again where it is told to', async () => {
    assert.deepEqual(await get(1), { n: 1 })
    now += DAY_MS - 1
    assert.deepEqual(await get(2), { n: 1 })
    assert.deepEqual(await get(3, true), { n: 3 })
    now += DAY_MS
    assert.deepEqual(await get(4), { n: 4 })
    assert.deepEqual(await readdir(folder), ['venues.json'])
  })

  it('requests again what a clock that went back makes to come', async () => {
    await get(1)
    now -= 1
    assert.deepEqual(await get(2), { n: 2 })
  })

  it('gives an older answer with its time where the vendor does not respond, and throws without one', async () => {
    await assert.rejects(cache().get('venues', schema, fail), /no answer/)
    await get(1)
    now += 2 * DAY_MS
    assert.deepEqual(await cache().get('venues', schema, fail), { n: 1 })
    assert.deepEqual(warnings, ['venues: as of 2024-08-01T00:00:00.000Z, because of no answer'])
  })

  it('never hides another error behind an older answer', async () => {
    await get(1)
    const other = cache(true).get('venues', schema, () => Promise.reject(new TypeError('other')))
    await assert.rejects(other, TypeError)
  })

  it('requests again what is damaged or has another shape', async () => {
    for (const text of ['{"savedAtMs":', '[]', `{"savedAtMs":${Date.UTC(2024, 7, 1)},"answer":{"n":"1"}}`]) {
      await writeFile(join(folder, 'venues.json'), text)
      assert.deepEqual(await get(5), { n: 5 })
      assert.deepEqual(await get(6), { n: 5 })
    }
  })

  it('gives the answer where it cannot be kept, and warns', async () => {
    await writeFile(join(folder, 'file'), '')
    const answer = await cache(false, join(folder, 'file')).get('venues', schema, async () => ({ n: 1 }))
    assert.deepEqual(answer, { n: 1 })
    assert.match(warnings.join(), /^cannot keep the answer: /)
  })

  it('has a folder for each address', () => {
    const at = (url: string) => cacheFolder({ XDG_CACHE_HOME: '/c' }, url)
    assert.equal(at('https://a/v1'), '/c/tick-handler/https%3A%2F%2Fa%2Fv1')
    assert.equal(cacheFolder({ HOME: '/h' }, 'x'), '/h/.cache/tick-handler/x')
  })
})
