import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { StoredObject } from '../../functions/storage/bucket.ts'
import { crc32c, crc32cText } from '../../functions/storage/crc32c.ts'
import { names } from '../support/bucket-suite.ts'
import { openTemporaryFolder } from './folder/temporary-folder.ts'
import { openProxiedBucket, type ProxiedBucket } from './proxied-bucket.ts'

async function collect(folders: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = []
  for await (const folder of folders) found.push(folder)
  return found
}

const queryOf = (url: string) => new URL(url, 'http://x').searchParams

describe('createGcsBucket, lists of several pages', () => {
  let world: ProxiedBucket
  beforeEach(async () => {
    world = await openProxiedBucket()
  })
  afterEach(() => world.close())

  /** Has the bucket answer with these pages, by the request's token. A page may be empty and not be the last. */
  function answerPages(pages: readonly object[]): void {
    world.proxy.choose = ({ url }) => {
      const at = TOKENS.indexOf(queryOf(url).get('pageToken'))
      const nextPageToken = at < pages.length - 1 ? { nextPageToken: TOKENS[at + 1] } : {}
      return { answer: 200, body: JSON.stringify({ ...pages[at], ...nextPageToken }) }
    }
  }
  const queries = () => [...new Set(world.proxy.requests.map(({ url }) => url))].map(queryOf)

  const PAGES = [['a', 'b'], [], ['c'], [], ['d']]
  const TOKENS = [null, 'token 1&?', 'token 2&?', 'token 3&?', 'token 4&?']

  it('yields the objects of every page, also after an empty one', async () => {
    const resource = (name: string) => ({ name, generation: '1', size: '1', crc32c: 'AAAAAA==' })
    answerPages(PAGES.map(page => (page.length > 0 ? { items: page.map(resource) } : {})))
    assert.deepEqual(await names(world.bucket.list('p/')), ['a', 'b', 'c', 'd'])
    assert.deepEqual(
      queries().map(query => query.get('pageToken')),
      TOKENS,
    )
    for (const query of queries()) {
      assert.equal(query.get('prefix'), 'p/')
      assert.ok(query.get('fields')!.includes('nextPageToken'))
    }
  })

  it('yields the folders of every page, also after an empty one', async () => {
    answerPages(PAGES.map(prefixes => (prefixes.length > 0 ? { prefixes } : {})))
    assert.deepEqual(await collect(world.bucket.listFolders('p/')), ['a', 'b', 'c', 'd'])
    assert.deepEqual(
      queries().map(query => query.get('pageToken')),
      TOKENS,
    )
    for (const query of queries()) {
      assert.deepEqual([query.get('prefix'), query.get('delimiter')], ['p/', '/'])
      assert.ok(query.get('fields')!.includes('nextPageToken'))
    }
  })
})

describe('a list of more objects than a page has', () => {
  const COUNT = 1_001
  const CRC = crc32cText(crc32c(new Uint8Array(0)))
  const FOLDERS = Array.from({ length: COUNT }, (_, n) => `date=${String(n).padStart(4, '0')}/`)

  async function fill(folder: string): Promise<void> {
    for (const name of FOLDERS) {
      await mkdir(join(folder, name))
      await writeFile(join(folder, name, 'manifest.json'), '')
    }
  }

  async function assertComplete(bucket: Pick<ProxiedBucket['bucket'], 'list' | 'listFolders'>): Promise<void> {
    const objects: StoredObject[] = []
    for await (const object of bucket.list('date=')) objects.push(object)
    assert.deepEqual(
      objects.map(({ name }) => name),
      FOLDERS.map(name => `${name}manifest.json`),
    )
    assert.ok(objects.every(({ bytes, crc32c }) => bytes === 0 && crc32c === CRC))
    assert.deepEqual(await collect(bucket.listFolders('')), FOLDERS)
  }

  it('is complete over the server, a page at a time', async () => {
    const world = await openProxiedBucket()
    try {
      await fill(world.folder)
      await assertComplete(world.bucket)
      assert.equal(new Set(world.proxy.requests.map(({ url }) => url)).size, 4)
    } finally {
      await world.close()
    }
  })

  it('is complete in a folder', async () => {
    const { bucket, folder, close } = await openTemporaryFolder()
    try {
      await fill(folder)
      await assertComplete(bucket)
    } finally {
      await close()
    }
  })
})
