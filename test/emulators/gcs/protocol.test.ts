import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, readdir, readFile, rename, symlink, truncate, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { someBytes } from '../../support/bucket-suite.ts'
import { BUCKET, type Served, serveFolder } from './with-server.ts'

const QUANTUM = 256 * 1024
const UPLOAD = `/upload/storage/v1/b/${BUCKET}/o`

describe('emulators/gcs', () => {
  let served: Served
  beforeEach(async () => {
    served = await serveFolder()
  })
  afterEach(() => served.close())

  const get = async (name: string, query = '') => {
    const response = await served.call('GET', `/o/${encodeURIComponent(name)}${query}`)
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const generationOf = async (name: string) => String((await get(name)).body.generation)
  const media = (name: string, headers: Record<string, string> = {}) =>
    served.call('GET', `/o/${encodeURIComponent(name)}?alt=media`, { headers })

  async function begin(name: string, query = ''): Promise<string> {
    const path = `${UPLOAD}?uploadType=resumable&name=${encodeURIComponent(name)}${query}`
    const response = await served.call('POST', path, { headers: { 'x-upload-content-type': 'text/plain' } })
    assert.equal(response.status, 200)
    return response.headers.get('location')!
  }
  const send = (uri: string, range: string, body?: Uint8Array) =>
    served.call('PUT', uri, { headers: { 'content-range': `bytes ${range}` }, body: body ? Buffer.from(body) : null })

  describe('resumable uploads', () => {
    it('keep chunks, tell how far they are, and commit with the last byte', async () => {
      const content = someBytes(2 * QUANTUM + 10)
      const uri = await begin('a')
      const status = await send(uri, '*/*')
      assert.equal(status.status, 308)
      assert.equal(status.headers.get('range'), null)
      const first = await send(uri, `0-${QUANTUM - 1}/*`, content.subarray(0, QUANTUM))
      assert.equal(first.status, 308)
      assert.equal(first.headers.get('range'), `bytes=0-${QUANTUM - 1}`)
      assert.equal((await send(uri, '*/*')).headers.get('range'), `bytes=0-${QUANTUM - 1}`)
      assert.equal((await get('a')).status, 404)
      const total = content.length
      const last = await send(uri, `${QUANTUM}-${total - 1}/${total}`, content.subarray(QUANTUM))
      assert.equal(last.status, 200)
      const resource = (await last.json()) as { size: string; contentType: string }
      assert.equal(resource.size, String(total))
      assert.equal(resource.contentType, 'text/plain')
      assert.ok(Buffer.from(content).equals(await readFile(join(served.folder, 'a'))))
      // The client that did not hear of it is told again.
      assert.deepEqual(await (await send(uri, '*/*')).json(), resource)
    })

    it('skip bytes that they have, and refuse gaps', async () => {
      const content = someBytes(3 * QUANTUM)
      const uri = await begin('a')
      await send(uri, `0-${2 * QUANTUM - 1}/*`, content.subarray(0, 2 * QUANTUM))
      assert.equal(
        (await send(uri, `${2 * QUANTUM + 1}-${3 * QUANTUM - 1}/${3 * QUANTUM}`, content.subarray(2 * QUANTUM + 1)))
          .status,
        400,
      )
      const response = await send(uri, `${QUANTUM}-${3 * QUANTUM - 1}/${3 * QUANTUM}`, content.subarray(QUANTUM))
      assert.equal(response.status, 200)
      assert.ok(Buffer.from(content).equals(await readFile(join(served.folder, 'a'))))
    })

    it('commit by a status query once the size is known', async () => {
      const uri = await begin('a')
      await send(uri, `0-${QUANTUM - 1}/*`, someBytes(QUANTUM))
      assert.equal((await send(uri, `*/${QUANTUM + 1}`)).status, 308)
      assert.equal((await send(uri, `*/${QUANTUM}`)).status, 200)
    })

    it('take the whole in one request without a range', async () => {
      const response = await served.call('PUT', await begin('a'), { body: 'whole' })
      assert.equal(response.status, 200)
      assert.equal(await (await media('a')).text(), 'whole')
    })

    it('refuse chunks that are no multiples of 256 KiB, wrong lengths and nonsense', async () => {
      const uri = await begin('a')
      assert.equal((await send(uri, '0-99999/*', someBytes(100_000))).status, 400)
      assert.equal((await send(uri, `0-${QUANTUM - 1}/*`, someBytes(QUANTUM - 1))).status, 400)
      for (const range of ['0-5', '5-0/10', '0-10/10', 'x/*', '*/x']) {
        assert.equal((await send(uri, range)).status, 400, range)
      }
      assert.equal((await send(uri, '*/*')).headers.get('range'), null)
    })

    it('keep whole quanta of a request that breaks off', async () => {
      const uri = new URL(await begin('a'))
      const socket = connect(Number(uri.port), uri.hostname)
      await once(socket, 'connect')
      const length = 4 * QUANTUM
      const head = `PUT ${uri.pathname}${uri.search} HTTP/1.1\r\nhost: ${uri.host}\r\ncontent-length: ${length}\r\n`
      socket.write(`${head}content-range: bytes 0-${length - 1}/*\r\n\r\n`)
      const content = someBytes(length)
      await new Promise(resolve => socket.write(content.subarray(0, 2 * QUANTUM + 1234), resolve))
      // Two of the quanta have arrived once they stand in the upload's file.
      const folder = join(served.folder, '.tick-handler/uploads')
      const [file] = await readdir(folder)
      while ((await readFile(join(folder, file!))).length < 2 * QUANTUM);
      socket.resetAndDestroy()
      const status = await send(uri.href, '*/*')
      assert.equal(status.headers.get('range'), `bytes=0-${2 * QUANTUM - 1}`)
      const rest = await send(uri.href, `${2 * QUANTUM}-${length - 1}/${length}`, content.subarray(2 * QUANTUM))
      assert.equal(rest.status, 200)
      assert.ok(Buffer.from(content).equals(await readFile(join(served.folder, 'a'))))
    })

    it('are refused at their beginning and at their end', async () => {
      const uri = await begin('a', '&ifGenerationMatch=0')
      await send(uri, `0-${QUANTUM - 1}/*`, someBytes(QUANTUM))
      await served.put('a', 'rival')
      assert.equal((await send(uri, `${QUANTUM}-${QUANTUM}/${QUANTUM + 1}`, someBytes(1))).status, 412)
      const path = `${UPLOAD}?uploadType=resumable&name=a&ifGenerationMatch=0`
      assert.equal((await served.call('POST', path)).status, 412)
      assert.equal(await (await media('a')).text(), 'rival')
      assert.deepEqual(await readdir(join(served.folder, '.tick-handler/uploads')), [])
    })

    it('are forgotten when cancelled, and by a restart', async () => {
      const cancelled = await begin('a')
      await send(cancelled, `0-${QUANTUM - 1}/*`, someBytes(QUANTUM))
      assert.equal((await served.call('DELETE', cancelled)).status, 499)
      assert.equal((await send(cancelled, '*/*')).status, 404)
      assert.equal((await served.call('DELETE', cancelled)).status, 404)
      await begin('b')
      await served.restart()
      assert.deepEqual(await readdir(join(served.folder, '.tick-handler/uploads')), [])
    })

    it('check the content that X-Goog-Hash states', async () => {
      const uri = await begin('a')
      const headers = { 'content-range': 'bytes 0-8/9', 'x-goog-hash': 'crc32c=AAAAAA==' }
      const refused = await served.call('PUT', uri, { headers, body: '123456789' })
      assert.equal(refused.status, 400)
      assert.equal((await get('a')).status, 404)
      const right = { 'content-range': 'bytes 0-8/9', 'x-goog-hash': 'md5=JfnnlDI7RTiF9RgfG2JNCw==,crc32c=4waSgw==' }
      assert.equal((await served.call('PUT', await begin('a'), { headers: right, body: '123456789' })).status, 200)
    })
  })

  describe('preconditions', () => {
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
        const query = `&${fill(asked, await generationOf('a'))}`
        assert.equal((await served.put('a', 'y', query)).status, there)
        assert.equal((await served.put('b', 'y', query)).status, absent)
        // What is refused changes nothing.
        assert.equal(await (await media('a')).text(), there === 200 ? 'y' : 'x')
        assert.equal((await get('b')).status, absent === 200 ? 200 : 404)
      })
      const read = there === 412 && asked.includes('NotMatch') ? 304 : there
      it(`${asked}: ${read} for a read, ${there} for a change, ${there === 200 ? 204 : there} for a removal`, async () => {
        await served.put('a', 'x')
        const query = `?${fill(asked, await generationOf('a'))}`
        const call = async (method: string, more: string, body?: string) =>
          (await served.call(method, `/o/a${query}${more}`, { body: body ?? null })).status
        assert.equal(await call('GET', ''), read)
        assert.equal(await call('GET', '&alt=media'), read)
        // Its metageneration is another one after a change, so the removal comes first where both would pass.
        if (there === 200) {
          assert.equal(await call('DELETE', ''), 204)
          await served.put('a', 'x')
          const again = `?${fill(asked, await generationOf('a'))}`
          assert.equal((await served.call('PATCH', `/o/a${again}`, { body: '{}' })).status, 200)
        } else {
          assert.equal(await call('PATCH', '', '{}'), there)
          assert.equal(await call('DELETE', ''), there)
        }
      })
    }

    it('let exactly one of many creations win', async () => {
      const puts = Array.from({ length: 20 }, (_, n) => served.put('a', `rival ${n}`, '&ifGenerationMatch=0'))
      const statuses = (await Promise.all(puts)).map(({ status }) => status)
      assert.equal(statuses.filter(status => status === 200).length, 1)
      assert.equal(statuses.filter(status => status === 412).length, 19)
      assert.equal(await (await media('a')).text(), `rival ${statuses.indexOf(200)}`)
    })

    it('are said in the shape of the JSON API', async () => {
      await served.put('a', 'x')
      const response = await served.put('a', 'y', '&ifGenerationMatch=0')
      const message = 'At least one of the pre-conditions you specified did not hold.'
      assert.deepEqual(await response.json(), {
        error: { code: 412, message, errors: [{ message, domain: 'global', reason: 'conditionNotMet' }] },
      })
    })
  })

  describe('names', () => {
    /** Not by fetch, which takes `..` out of an address before it sends it. */
    const statusOf = async (method: string, name: string): Promise<number | undefined> => {
      const { hostname, port } = new URL(served.server.endpoint)
      const request = httpRequest({ hostname, port, method, path: `/storage/v1/b/${BUCKET}/o/${name}` }).end()
      const [response] = await once(request, 'response')
      response.resume()
      return response.statusCode
    }

    for (const name of [
      '..',
      '.',
      'a/../b',
      '../a',
      'a//b',
      '/a',
      'a/',
      'a\nb',
      'a\0b',
      '.tick-handler/lock.1',
      '.Tick-Handler/x',
      `${'x'.repeat(256)}`,
      `${'y/'.repeat(512)}z`,
    ]) {
      it(`refuses ${JSON.stringify(name.slice(0, 30))}`, async () => {
        const response = await served.put(name, 'x')
        assert.equal(response.status, 400)
        assert.match(((await response.json()) as { error: { message: string } }).error.message, /\w/)
        for (const method of ['GET', 'DELETE']) assert.equal(await statusOf(method, encodeURIComponent(name)), 400)
        assert.deepEqual(await served.files(), [])
      })
    }

    it('refuses an object that would be the folder of others, or the other way round', async () => {
      await served.put('a/b', 'x')
      await served.put('c', 'x')
      assert.equal((await served.put('a', 'x')).status, 409)
      assert.equal((await served.put('c/d', 'x')).status, 409)
      assert.deepEqual(await served.files(), ['a/b', 'c'])
      assert.equal((await get('a')).status, 404)
      assert.equal((await get('c/d')).status, 404)
    })

    it('takes a name whose empty folder was left behind', async () => {
      await mkdir(join(served.folder, 'a/b/c'), { recursive: true })
      assert.equal((await served.put('a', 'x')).status, 200)
      assert.equal(await (await media('a')).text(), 'x')
    })
  })

  describe('the folder', () => {
    it('takes files that came by other ways for objects, and notices when they change', async () => {
      await mkdir(join(served.folder, 'by'))
      await writeFile(join(served.folder, 'by/hand'), '123456789')
      const { body } = await get('by/hand')
      assert.equal(body.crc32c, '4waSgw==')
      assert.equal(body.size, '9')
      assert.equal((await get('by/hand')).body.generation, body.generation)
      await truncate(join(served.folder, 'by/hand'), 5)
      const changed = (await get('by/hand')).body
      assert.equal(changed.size, '5')
      assert.ok(BigInt(String(changed.generation)) > BigInt(String(body.generation)))
    })

    it('does not follow links', async () => {
      await writeFile(join(served.folder, '.tick-handler/secret'), 'x')
      await symlink(join(served.folder, '.tick-handler/secret'), join(served.folder, 'link'))
      assert.equal((await get('link')).status, 404)
      const { items } = (await (await served.call('GET', '/o')).json()) as { items: unknown[] }
      assert.deepEqual(items, [])
    })

    it('makes up what it knew of a file when that is lost', async () => {
      await served.put('a', '123456789')
      const before = (await get('a')).body
      await rename(join(served.folder, '.tick-handler/objects'), join(served.folder, '.tick-handler/lost'))
      const after = (await get('a')).body
      assert.equal(after.crc32c, before.crc32c)
      assert.equal(after.md5Hash, before.md5Hash)
      assert.ok(BigInt(String(after.generation)) > BigInt(String(before.generation)))
    })

    it('knows the old object where a replacement was killed before its renaming', async () => {
      await served.put('a', 'old')
      const before = (await get('a')).body
      const records = join(served.folder, '.tick-handler/objects')
      const [file] = (await readdir(records, { recursive: true })).filter(name => name.endsWith('.json'))
      const sidecar = JSON.parse(await readFile(join(records, file!), 'utf8'))
      const next = { ...sidecar.records[0], generation: '9000000000000000', file: { ino: '1', size: 3, mtimeNs: '1' } }
      await writeFile(join(records, file!), JSON.stringify({ ...sidecar, records: [next, ...sidecar.records] }))
      await served.restart()
      assert.equal((await get('a')).body.generation, before.generation)
      // Torn by a power failure, it counts for nothing.
      await writeFile(join(records, file!), '{"name":"a","rec')
      assert.equal((await get('a')).body.crc32c, before.crc32c)
    })

    it('keeps metadata and generations across restarts, and lets them rise', async () => {
      await served.put('a', 'x')
      const before = (await get('a')).body
      await served.restart()
      const after = (await get('a')).body
      assert.equal(after.generation, before.generation)
      assert.equal(after.timeCreated, before.timeCreated)
      await served.call('DELETE', '/o/a')
      await served.restart()
      await served.put('a', 'y')
      assert.ok(BigInt(await generationOf('a')) > BigInt(String(before.generation)))
    })

    it('goes on reading the generation that it began to read', async () => {
      const content = someBytes(8 * 1024 * 1024)
      await served.put('a', content)
      const reading = await media('a')
      await served.put('a', 'new')
      assert.ok(Buffer.from(content).equals(Buffer.from(await reading.arrayBuffer())))
      assert.equal(await (await media('a')).text(), 'new')
    })
  })

  describe('reads', () => {
    it('say in headers what they are', async () => {
      await served.put('a', '123456789')
      const { headers } = await media('a')
      assert.equal(headers.get('x-goog-hash'), 'crc32c=4waSgw==,md5=JfnnlDI7RTiF9RgfG2JNCw==')
      assert.equal(headers.get('x-goog-generation'), await generationOf('a'))
      assert.equal(headers.get('x-goog-metageneration'), '1')
      assert.equal(headers.get('x-goog-stored-content-length'), '9')
      assert.equal(headers.get('content-length'), '9')
    })

    const ranges = [
      ['bytes=0-0', 206, '1', 'bytes 0-0/9'],
      ['bytes=3-5', 206, '456', 'bytes 3-5/9'],
      ['bytes=3-', 206, '456789', 'bytes 3-8/9'],
      ['bytes=-2', 206, '89', 'bytes 7-8/9'],
      ['bytes=-20', 206, '123456789', 'bytes 0-8/9'],
      ['bytes=5-100', 206, '6789', 'bytes 5-8/9'],
      ['bytes=5-3', 200, '123456789', null],
      ['bytes=0-1,3-4', 200, '123456789', null],
      ['pages=1', 200, '123456789', null],
      ['bytes=9-', 416, undefined, null],
      ['bytes=-0', 416, undefined, null],
    ] as const
    for (const [range, status, text, place] of ranges) {
      it(`answer ${range} with ${status}`, async () => {
        await served.put('a', '123456789')
        const response = await media('a', { range })
        assert.equal(response.status, status)
        assert.equal(response.headers.get('content-range'), place)
        if (text !== undefined) assert.equal(await response.text(), text)
      })
    }

    it('serve an empty object', async () => {
      await served.put('a', '')
      const response = await media('a')
      assert.equal(response.status, 200)
      assert.equal(await response.text(), '')
      assert.equal(response.headers.get('x-goog-hash'), 'crc32c=AAAAAA==,md5=1B2M2Y8AsgTpgAmY7PhCfg==')
    })
  })

  it('leaves the connection usable after an answer that came before the body', async () => {
    await served.put('a', 'x')
    const body = someBytes(3_000_000)
    for (let n = 0; n < 3; n++) assert.equal((await served.put('a', body, '&ifGenerationMatch=0')).status, 412)
    assert.equal((await served.put('a', body)).status, 200)
  })

  it('answers what it is not with 404 and 501', async () => {
    assert.equal((await fetch(`${served.server.endpoint}/elsewhere`)).status, 404)
    assert.equal((await served.call('POST', '/o/a/rewriteTo/b/x/o/c')).status, 404)
    assert.equal((await served.call('POST', '/o/a')).status, 501)
    assert.equal((await served.call('GET', '/o/%ff')).status, 400)
    assert.equal((await served.call('POST', `${UPLOAD}?uploadType=wrong&name=a`)).status, 400)
    assert.equal((await served.call('POST', `${UPLOAD}?uploadType=media`)).status, 400)
  })
})
