import assert from 'node:assert/strict'
import { type Served, serveFolder } from './with-server.ts'

describe('emulators/gcs: preconditions', () => {
  let served: Served
  beforeEach(async () => {
    served = await serveFolder()
  })
  afterEach(() => served.close())

  // What is asked × the object as it is → status. G and M stand for its generation and metageneration.
  const cases = [
    ['ifGenerationMatch=G', 200, 412],
    ['ifGenerationMatch=0', 412, 200],
    ['ifGenerationMatch=7', 412, 412],
    ['ifGenerationNotMatch=G', 412, 200],
    ['ifGenerationNotMatch=0', 200, 412],
    ['ifGenerationNotMatch=7', 200, 200],
    ['ifMetagenerationMatch=M', 200, 412],
    ['ifMetagenerationMatch=7', 412, 412],
    ['ifMetagenerationNotMatch=M', 412, 200],
    ['ifMetagenerationNotMatch=7', 200, 200],
    ['ifGenerationMatch=G&ifMetagenerationMatch=7', 412, 412],
    ['ifGenerationMatch=x', 400, 400],
  ] as const
  const fill = (asked: string, generation: string) => asked.replaceAll('=G', `=${generation}`).replaceAll('=M', '=1')

  for (const [asked, there, absent] of cases) {
    it(`${asked}: ${there} where there is an object, ${absent} where not`, async () => {
      await served.put('a', 'x')
      const query = `&${fill(asked, await served.generation('a'))}`
      assert.equal((await served.put('a', 'y', query)).status, there)
      assert.equal((await served.put('b', 'y', query)).status, absent)
      // What is refused changes nothing.
      assert.equal(await (await served.media('a')).text(), there === 200 ? 'y' : 'x')
      assert.equal((await served.get('b')).status, absent === 200 ? 200 : 404)
    })
    const read = there === 412 && asked.includes('NotMatch') ? 304 : there
    it(`${asked}: ${read} for a read, ${there} for a change, ${there === 200 ? 204 : there} for a removal`, async () => {
      await served.put('a', 'x')
      const query = `?${fill(asked, await served.generation('a'))}`
      const call = async (method: string, more: string, body?: string) =>
        (await served.call(method, `/o/a${query}${more}`, { body: body ?? null })).status
      assert.equal(await call('GET', ''), read)
      assert.equal(await call('GET', '&alt=media'), read)
      // Its metageneration is another one after a change, so the removal comes first where both would pass.
      if (there === 200) {
        assert.equal(await call('DELETE', ''), 204)
        await served.put('a', 'x')
        const again = `?${fill(asked, await served.generation('a'))}`
        assert.equal((await served.call('PATCH', `/o/a${again}`, { body: '{}' })).status, 200)
      } else {
        assert.equal(await call('PATCH', '', '{}'), there)
        assert.equal(await call('DELETE', ''), there)
      }
    })
  }

  it('let exactly one of many creations succeed', async () => {
    const puts = Array.from({ length: 20 }, (_, n) => served.put('a', `rival ${n}`, '&ifGenerationMatch=0'))
    const statuses = (await Promise.all(puts)).map(({ status }) => status)
    assert.equal(statuses.filter(status => status === 200).length, 1)
    assert.equal(statuses.filter(status => status === 412).length, 19)
    assert.equal(await (await served.media('a')).text(), `rival ${statuses.indexOf(200)}`)
  })

  it('have errors in the shape of the JSON API', async () => {
    await served.put('a', 'x')
    const response = await served.put('a', 'y', '&ifGenerationMatch=0')
    const message = 'At least one of the pre-conditions you specified did not hold.'
    assert.deepEqual(await response.json(), {
      error: { code: 412, message, errors: [{ message, domain: 'global', reason: 'conditionNotMet' }] },
    })
  })
})
