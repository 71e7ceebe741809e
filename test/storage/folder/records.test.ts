import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32c, crc32cText } from '../../../functions/storage/crc32c.ts'
import { type ObjectRecord, Records } from '../../../functions/storage/folder/records.ts'
import { StagedFile } from '../../../functions/storage/folder/staged-file.ts'
import { someBytes } from '../../support/bucket-suite.ts'
import { failFs } from '../../support/failing-fs.ts'

const record = (generation: string): ObjectRecord => ({
  ...{ file: { ino: generation, size: 1, mtimeNs: '3' }, generation, metageneration: 1, crc32c: 'AAAAAA==' },
  ...{ timeCreated: '2024-08-08T00:00:00.000Z', updated: '2024-08-08T00:00:00.000Z', metadata: {} },
})

describe('storage/folder: records and files on their way', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'records-'))
    mkdirSync(join(folder, '.tick-handler/uploads'), { recursive: true })
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const placeOf = (name: string) => {
    const hash = createHash('sha256').update(name).digest('hex')
    return join(folder, '.tick-handler/objects', hash.slice(0, 2), `${hash.slice(2)}.json`)
  }

  it('are kept in a file whose name is made of the object’s name, as release 0.1 keeps them', () => {
    const records = new Records(folder)
    assert.deepEqual(records.read('a/b'), [])
    records.write('a/b', [record('2'), record('1')])
    assert.deepEqual(JSON.parse(readFileSync(placeOf('a/b'), 'utf8')), {
      name: 'a/b',
      records: [record('2'), record('1')],
    })
    assert.deepEqual(readdirSync(join(folder, '.tick-handler/uploads')), [])
    assert.deepEqual(records.find('a/b', record('1').file), record('1'))
    assert.equal(records.find('a/b', record('3').file), undefined)
    records.remove('a/b')
    records.remove('a/b')
    assert.deepEqual(records.read('a/b'), [])
  })

  it('are not written where the disk fails', () => {
    using failing = failFs('renameSync', 'EIO')
    assert.throws(() => new Records(folder).write('a', [record('1')]), { code: 'EIO' })
    assert.equal(failing.fired, 1)
  })

  it('are none where they were torn', () => {
    const records = new Records(folder)
    records.write('a', [record('1')])
    writeFileSync(placeOf('a'), '{"name":"a","rec')
    assert.deepEqual(records.read('a'), [])
  })

  it('count bytes and checksums of what is written, in both ways', async () => {
    const data = someBytes(1_000)
    for (const md5 of [true, false]) {
      const path = join(folder, `${md5}`)
      const staged = new StagedFile(path, { md5 })
      staged.writeSync(data.subarray(0, 300))
      await staged.write(data.subarray(300))
      assert.equal(staged.bytes, 1_000)
      const whole = await staged.finish()
      assert.equal(whole.path, path)
      assert.deepEqual([whole.file.size, whole.crc32c], [1_000, crc32cText(crc32c(data))])
      const hash = createHash('md5').update(data).digest('base64')
      assert.deepEqual('md5Hash' in whole ? whole.md5Hash : 'none', md5 ? hash : 'none')
      assert.ok(readFileSync(path).equals(data))
    }
  })

  it('do not take a file that is there already', () => {
    writeFileSync(join(folder, 'x'), 'present')
    assert.throws(() => new StagedFile(join(folder, 'x')), { code: 'EEXIST' })
  })

  it('are removed when they are discarded, once and again, unless they were renamed', async () => {
    const path = join(folder, 'x')
    const staged = new StagedFile(path)
    staged.discard()
    staged.discard()
    assert.ok(!readdirSync(folder).includes('x'))
    const moved = new StagedFile(path)
    await moved.finish()
    moved.moved()
    moved.discard()
    assert.ok(readdirSync(folder).includes('x'))
    assert.throws(() => moved.writeSync(Buffer.from('x')), new Error(`${path} is written to after its end`))
  })

  it('end in the error of the disk', async () => {
    for (const call of ['write', 'fdatasync'] as const) {
      const staged = new StagedFile(join(folder, call))
      using _ = failFs(call, 'EIO')
      await assert.rejects(
        async () => {
          await staged.write(Buffer.from('x'))
          await staged.finish()
        },
        { code: 'EIO' },
      )
      staged.discard()
    }
  })
})
