import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, readdir, readFile, rename, symlink, truncate, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { someBytes } from '../../support/bucket-suite.ts'
import { BUCKET, type Served, serveFolder } from './with-server.ts'

const UPLOAD = `/upload/storage/v1/b/${BUCKET}/o`

describe('emulators/gcs: objects', () => {
  let served: Served
  beforeEach(async () => {
    served = await serveFolder()
  })
  afterEach(() => served.close())

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
      assert.equal((await served.get('a')).status, 404)
      assert.equal((await served.get('c/d')).status, 404)
    })

    it('takes a name where an empty folder was left behind', async () => {
      await mkdir(join(served.folder, 'a/b/c'), { recursive: true })
      assert.equal((await served.put('a', 'x')).status, 200)
      assert.equal(await (await served.media('a')).text(), 'x')
    })
  })

  describe('the folder', () => {
    it('serves files that came into the folder by other ways, and gives a changed file another generation', async () => {
      await mkdir(join(served.folder, 'by'))
      await writeFile(join(served.folder, 'by/hand'), '123456789')
      const { body } = await served.get('by/hand')
      assert.equal(body.crc32c, '4waSgw==')
      assert.equal(body.size, '9')
      assert.equal((await served.get('by/hand')).body.generation, body.generation)
      await truncate(join(served.folder, 'by/hand'), 5)
      const changed = (await served.get('by/hand')).body
      assert.equal(changed.size, '5')
      assert.ok(BigInt(String(changed.generation)) > BigInt(String(body.generation)))
    })

    it('does not follow links', async () => {
      await writeFile(join(served.folder, '.tick-handler/secret'), 'x')
      await symlink(join(served.folder, '.tick-handler/secret'), join(served.folder, 'link'))
      assert.equal((await served.get('link')).status, 404)
      const { items } = (await (await served.call('GET', '/o')).json()) as { items: unknown[] }
      assert.deepEqual(items, [])
    })

    it('makes lost records again from the files, with new generations', async () => {
      await served.put('a', '123456789')
      const before = (await served.get('a')).body
      await rename(join(served.folder, '.tick-handler/objects'), join(served.folder, '.tick-handler/lost'))
      const after = (await served.get('a')).body
      assert.equal(after.crc32c, before.crc32c)
      assert.equal(after.md5Hash, before.md5Hash)
      assert.ok(BigInt(String(after.generation)) > BigInt(String(before.generation)))
    })

    it('keeps the old object where a replacement was killed before its rename', async () => {
      await served.put('a', 'old')
      const before = (await served.get('a')).body
      const records = join(served.folder, '.tick-handler/objects')
      const [file] = (await readdir(records, { recursive: true })).filter(name => name.endsWith('.json'))
      const sidecar = JSON.parse(await readFile(join(records, file!), 'utf8'))
      const next = { ...sidecar.records[0], generation: '9000000000000000', file: { ino: '1', size: 3, mtimeNs: '1' } }
      await writeFile(join(records, file!), JSON.stringify({ ...sidecar, records: [next, ...sidecar.records] }))
      await served.restart()
      assert.equal((await served.get('a')).body.generation, before.generation)
      // Torn by a power failure, it counts for nothing.
      await writeFile(join(records, file!), '{"name":"a","rec')
      assert.equal((await served.get('a')).body.crc32c, before.crc32c)
    })

    it('keeps metadata and generations across restarts, and raises generations after them', async () => {
      await served.put('a', 'x')
      const before = (await served.get('a')).body
      await served.restart()
      const after = (await served.get('a')).body
      assert.equal(after.generation, before.generation)
      assert.equal(after.timeCreated, before.timeCreated)
      await served.call('DELETE', '/o/a')
      await served.restart()
      await served.put('a', 'y')
      assert.ok(BigInt(await served.generation('a')) > BigInt(String(before.generation)))
    })

    it('reads one generation to its end, also while it is replaced', async () => {
      const content = someBytes(8 * 1024 * 1024)
      await served.put('a', content)
      const reading = await served.media('a')
      await served.put('a', 'new')
      assert.ok(Buffer.from(content).equals(Buffer.from(await reading.arrayBuffer())))
      assert.equal(await (await served.media('a')).text(), 'new')
    })
  })

  describe('reads', () => {
    it('state generation, checksums and length in headers', async () => {
      await served.put('a', '123456789')
      const { headers } = await served.media('a')
      assert.equal(headers.get('x-goog-hash'), 'crc32c=4waSgw==,md5=JfnnlDI7RTiF9RgfG2JNCw==')
      assert.equal(headers.get('x-goog-generation'), await served.generation('a'))
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
        const response = await served.media('a', { range })
        assert.equal(response.status, status)
        assert.equal(response.headers.get('content-range'), place)
        if (text !== undefined) assert.equal(await response.text(), text)
      })
    }

    it('serve an empty object', async () => {
      await served.put('a', '')
      const response = await served.media('a')
      assert.equal(response.status, 200)
      assert.equal(await response.text(), '')
      assert.equal(response.headers.get('x-goog-hash'), 'crc32c=AAAAAA==,md5=1B2M2Y8AsgTpgAmY7PhCfg==')
    })
  })

  it('keeps the connection usable after a response that came before the end of the body', async () => {
    await served.put('a', 'x')
    const body = someBytes(3_000_000)
    for (let n = 0; n < 3; n++) assert.equal((await served.put('a', body, '&ifGenerationMatch=0')).status, 412)
    assert.equal((await served.put('a', body)).status, 200)
  })

  it('responds with 404 to unknown paths and with 501 to unsupported operations', async () => {
    assert.equal((await fetch(`${served.server.endpoint}/elsewhere`)).status, 404)
    assert.equal((await served.call('POST', '/o/a/rewriteTo/b/x/o/c')).status, 404)
    assert.equal((await served.call('POST', '/o/a')).status, 501)
    assert.equal((await served.call('GET', '/o/%ff')).status, 400)
    assert.equal((await served.call('POST', `${UPLOAD}?uploadType=wrong&name=a`)).status, 400)
    assert.equal((await served.call('POST', `${UPLOAD}?uploadType=media`)).status, 400)
  })
})
