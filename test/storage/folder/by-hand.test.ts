import assert from 'node:assert/strict'
import { truncateSync, writeFileSync } from 'node:fs'
import {
  appendFile,
  copyFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { ABSENT, type Bucket, type StoredObject } from '../../../functions/storage/bucket.ts'
import { crc32c, crc32cText } from '../../../functions/storage/crc32c.ts'
import { readFolder } from '../../../functions/storage/folder/folder-bucket.ts'
import { StorageError } from '../../../functions/storage/storage-error.ts'
import { committed, names } from '../../support/bucket-suite.ts'
import { watchFs } from '../../support/failing-fs.ts'
import { type OpenFolder, openTemporaryFolder } from './temporary-folder.ts'

const NAME = 'ticks/data_type=trades/BTCUSDT.parquet'
const CONTENT = 'what was downloaded'
const TYPE = { contentType: 'application/octet-stream' }

describe('a folder bucket whose files a person changes', () => {
  let opened: OpenFolder
  let stored: StoredObject
  let path: string

  beforeEach(async () => {
    opened = await openTemporaryFolder()
    stored = committed(await opened.bucket.write(NAME, Buffer.from(CONTENT), ABSENT, TYPE))
    path = join(opened.folder, NAME)
  })
  afterEach(() => opened.close())

  /** The object by stat and by list, which agree; in the process that owns the folder, and in one that only reads it. */
  async function look(bucket: Bucket): Promise<StoredObject | undefined> {
    const found = await bucket.stat(NAME)
    for await (const object of bucket.list('ticks/')) {
      assert.deepEqual(object, found)
      return found
    }
    assert.equal(found, undefined)
    return undefined
  }

  /** Gives the file a time that a test can set again exactly, and lets the bucket know it by that. */
  async function knownWithTime(seconds: number): Promise<void> {
    await utimes(path, seconds, seconds)
    assert.deepEqual(await opened.bucket.stat(NAME), stored)
  }

  const changes: Readonly<Record<string, () => Promise<unknown>>> = {
    truncated: () => truncate(path, 4),
    'emptied, with its time kept': async () => {
      await knownWithTime(1)
      await truncate(path, 0)
      await utimes(path, 1, 1)
    },
    appended: () => appendFile(path, '!'),
    'replaced by another of the same length': async () => {
      await writeFile(`${path}.new`, CONTENT.toUpperCase())
      await rename(`${path}.new`, path)
    },
    'replaced by another of the same length and time': async () => {
      await knownWithTime(1)
      await writeFile(`${path}.new`, CONTENT.toUpperCase())
      await utimes(`${path}.new`, 1, 1)
      await rename(`${path}.new`, path)
    },
    // The clock of a file system may stand still for some milliseconds, so the time is set here.
    'overwritten in place by the same length': async () => {
      await writeFile(path, CONTENT.toUpperCase())
      await utimes(path, 1, 1)
    },
    'removed and written anew': async () => {
      await rm(path)
      await writeFile(path, CONTENT.toUpperCase())
      await utimes(path, 1, 1)
    },
  }
  for (const [how, change] of Object.entries(changes)) {
    it(`shows a file that was ${how} as another generation with its own checksum`, async () => {
      await change()
      const content = await readFile(path)
      for (const bucket of [readFolder({ folder: opened.folder }), opened.bucket]) {
        const found = await look(bucket)
        assert.notEqual(found?.generation, stored.generation)
        assert.equal(found?.bytes, content.length)
        assert.equal(found?.crc32c, crc32cText(crc32c(content)))
        assert.deepEqual((await bucket.read(NAME))?.object, found)
        assert.equal(await bucket.readRange(stored, 0, 1), undefined)
      }
      // Our own next write takes it for a rival's, and then replaces it.
      const fresh = Buffer.from('fresh')
      assert.deepEqual(await opened.bucket.write(NAME, fresh, stored.generation, TYPE), { outcome: 'conflict' })
      const changed = (await opened.bucket.stat(NAME))!
      const next = committed(await opened.bucket.write(NAME, fresh, changed.generation, TYPE))
      assert.ok(BigInt(next.generation) > BigInt(stored.generation))
    })
  }

  it('shows nothing of a file that was removed, alone or with its folders, and takes it again', async () => {
    for (const gone of [path, join(opened.folder, 'ticks')]) {
      await rm(gone, { recursive: true })
      for (const bucket of [readFolder({ folder: opened.folder }), opened.bucket]) {
        assert.equal(await look(bucket), undefined)
        assert.equal(await bucket.read(NAME), undefined)
      }
      const again = committed(await opened.bucket.write(NAME, Buffer.from('again'), ABSENT, TYPE))
      assert.notEqual(again.generation, stored.generation)
    }
  })

  const restores: Readonly<Record<string, () => Promise<unknown>>> = {
    'from a copy': async () => {
      await copyFile(path, `${path}.backup`)
      await rm(path)
      await rename(`${path}.backup`, path)
    },
    'with another time': () => utimes(path, 1, 1),
  }
  for (const [how, restore] of Object.entries(restores)) {
    it(`keeps the generation of a file that was restored ${how}: it is the content that counts`, async () => {
      await restore()
      assert.deepEqual(await look(readFolder({ folder: opened.folder })), stored)
      assert.deepEqual(await look(opened.bucket), stored)
    })
  }

  it('takes files that came by other ways for objects, and gives each one generation for all readers', async () => {
    await writeFile(join(opened.folder, 'by-hand'), '123456789')
    const found = await Promise.all(Array.from({ length: 8 }, () => opened.bucket.stat('by-hand')))
    assert.equal(new Set(found.map(object => object?.generation)).size, 1)
    assert.equal(found[0]?.crc32c, '4waSgw==')
    await opened.reopen()
    assert.deepEqual(await opened.bucket.stat('by-hand'), found[0])
  })

  it('says so where the hidden folder is removed while the bucket is open, and writes nothing', async () => {
    await rm(join(opened.folder, '.tick-handler/uploads'), { recursive: true })
    const refused = { name: 'StorageError', code: 'REMOVED', retryable: false, message: /was removed while/ }
    await assert.rejects(opened.bucket.write('b', Buffer.from('x'), ABSENT, TYPE), refused)
    assert.deepEqual(await names(opened.bucket.list('')), [NAME])
  })

  it('finds all objects again, as other generations, where the hidden folder was removed', async () => {
    await opened.bucket.write('other', Buffer.from('other'), ABSENT, TYPE)
    await rm(join(opened.folder, '.tick-handler/objects'), { recursive: true })
    const found = (await look(opened.bucket))!
    assert.deepEqual({ ...found, generation: '' }, { ...stored, generation: '' })
    assert.ok(BigInt(found.generation) > BigInt(stored.generation))
  })

  it('refuses to read a content whose bytes changed on the disk, and says what to do', async () => {
    // As a failing disk would: other bytes, and no other sign.
    await writeFile(path, CONTENT.toUpperCase())
    const { ino, size, mtimeNs } = await stat(path, { bigint: true })
    const file = { ino: String(ino), size: Number(size), mtimeNs: String(mtimeNs) }
    await changeRecord(opened.folder, record => ({ ...record, file }))
    await assert.rejects(opened.bucket.read(NAME), (error: unknown) => {
      assert.ok(error instanceof StorageError)
      assert.deepEqual([error.code, error.retryable], ['DAMAGED', false])
      assert.match(error.message, /content has crc32c \S+, expected \S+: .* remove the file, or restore it/)
      return true
    })
  })

  it('takes a content for a known generation only where size and every checksum agree', async () => {
    const other = CONTENT.toUpperCase()
    const crc = crc32cText(crc32c(Buffer.from(other)))
    const size = other.length
    for (const forged of [
      { crc32c: crc, file: { ino: '1', size: size + 1, mtimeNs: '1' } },
      { crc32c: crc, md5Hash: 'another', file: { ino: '1', size, mtimeNs: '1' } },
    ]) {
      await writeFile(path, other)
      await utimes(path, 1, 1)
      await changeRecord(opened.folder, record => ({ ...record, ...forged, generation: '5' }))
      assert.notEqual((await look(opened.bucket))?.generation, '5')
    }
    await changeRecord(opened.folder, record => ({
      ...record,
      file: { ino: '1', size, mtimeNs: '1' },
      generation: '5',
    }))
    assert.equal((await look(opened.bucket))?.generation, '5')
  })

  it('gives a file another generation whose record a power failure has torn', async () => {
    await changeRecord(opened.folder, () => undefined)
    const found = await look(opened.bucket)
    assert.ok(BigInt(found!.generation) > BigInt(stored.generation))
    assert.equal(found?.crc32c, stored.crc32c)
  })

  it('does not list a file whose name no object can have', async () => {
    await writeFile(join(opened.folder, 'a\nb'), '')
    assert.deepEqual(await names(opened.bucket.list('')), [NAME])
  })

  it('looks again at a file that changes while it is read, and describes it as it is then', async () => {
    await writeFile(path, 'first')
    let changes = 0
    using _ = watchFs('read', () => {
      if (changes++ === 0) writeFileSync(path, 'the second')
    })
    const found = await opened.bucket.stat(NAME)
    assert.deepEqual([found?.bytes, found?.crc32c], [10, crc32cText(crc32c(Buffer.from('the second')))])
  })

  it('gives up on a file that changes whenever it is read, and lets it be tried again later', async () => {
    await writeFile(path, 'first')
    let text = ''
    {
      using _ = watchFs('read', () => {
        text += 'x'
        writeFileSync(path, text)
      })
      const refused = { name: 'StorageError', code: 'CHANGING', retryable: true }
      await assert.rejects(opened.bucket.stat(NAME), refused)
      await assert.rejects(opened.bucket.read(NAME), refused)
    }
    assert.equal((await opened.bucket.stat(NAME))?.bytes, text.length)
  })

  it('says so where a file loses its end while it is read', async () => {
    using _ = watchFs('read', () => truncateSync(path, 3))
    await assert.rejects(opened.bucket.read(NAME), {
      code: 'CHANGING',
      message: /lost its end while it was read, at byte 3/,
    })
  })

  it('does not follow a link that is in the place of a file', async () => {
    await symlink(path, join(opened.folder, 'link'))
    assert.equal(await opened.bucket.stat('link'), undefined)
    assert.equal(await opened.bucket.read('link'), undefined)
    assert.deepEqual(await names(opened.bucket.list('')), [NAME])
  })

  it('refuses to write below a link, and writes nothing where it leads', async () => {
    const elsewhere = await openTemporaryFolder()
    await symlink(elsewhere.folder, join(opened.folder, 'linked'))
    for (const name of ['linked/a', 'linked/b/c']) {
      await assert.rejects(opened.bucket.write(name, Buffer.from('x'), ABSENT, TYPE), (error: unknown) => {
        assert.ok(error instanceof StorageError)
        assert.deepEqual([error.code, error.retryable], ['SYMBOLIC_LINK', false])
        assert.match(error.message, new RegExp(`${opened.folder}/linked\\S* leads to .*cannot be a symbolic link`))
        return true
      })
    }
    assert.deepEqual(await readdir(elsewhere.folder), ['.tick-handler'])
    await writeFile(join(elsewhere.folder, 'a'), 'x')
    await mkdir(join(elsewhere.folder, 'b'))
    assert.equal(await opened.bucket.stat('linked/a'), undefined)
    assert.equal(await opened.bucket.read('linked/a'), undefined)
    assert.deepEqual(await names(opened.bucket.list('linked/')), [])
    for await (const folder of opened.bucket.listFolders('linked/')) assert.fail(folder)
    await elsewhere.close()
  })

  it('works in a folder that is reached by a link', async () => {
    const link = `${opened.folder}-link`
    await symlink(opened.folder, link)
    assert.deepEqual(await readFolder({ folder: link }).stat(NAME), stored)
    await rm(link)
  })

  it('takes a name whose empty folders were left behind', async () => {
    await mkdir(join(opened.folder, 'a/b/c'), { recursive: true })
    committed(await opened.bucket.write('a', Buffer.from('x'), ABSENT, TYPE))
  })
})

type SomeRecord = Readonly<Record<string, unknown>>

/** Changes the newest record of the one object; undefined tears the file of the record. */
async function changeRecord(folder: string, change: (record: SomeRecord) => SomeRecord | undefined): Promise<void> {
  const records = join(folder, '.tick-handler/objects')
  const [file] = (await readdir(records, { recursive: true })).filter(name => name.endsWith('.json'))
  const text = await readFile(join(records, file!), 'utf8')
  const sidecar = JSON.parse(text)
  const changed = change(sidecar.records[0])
  const whole = changed ? JSON.stringify({ ...sidecar, records: [changed] }) : text.slice(0, text.length / 2)
  await writeFile(join(records, file!), whole)
}
