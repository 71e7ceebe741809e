import assert from 'node:assert/strict'
import { cp, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFolderBucket, readFolder } from '../../../functions/storage/folder/folder-bucket.ts'
import { committed, names } from '../../support/bucket-suite.ts'

/** Written by release 0.1, whose process was killed: one object, another one that was replaced once, and an upload. */
const FIXTURE = join(import.meta.dirname, '../../fixtures/release-0.1/folder')
const MANIFEST = '_ledger/venue=deribit/date=2024-08-01/manifest.json'
const DATA = 'ticks/data_type=trades/venue=deribit/date=2024-08-01/BTC-PERPETUAL.parquet'
const OBJECTS = [
  { name: MANIFEST, generation: '1795835795260000', bytes: 20, crc32c: 'X4ASqQ==' },
  { name: DATA, generation: '1795835795260002', bytes: 28, crc32c: 'We6N7Q==' },
]

describe('a folder that release 0.1 wrote', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'release-0.1-'))
    await cp(FIXTURE, folder, { recursive: true })
  })
  afterEach(() => rm(folder, { recursive: true }))

  /** The records with the facts that the files have on this disk, as on the disk where they were written. */
  async function sameDisk(): Promise<void> {
    const records = join(folder, '.tick-handler/objects')
    for (const file of (await readdir(records, { recursive: true })).filter(name => name.endsWith('.json'))) {
      const sidecar = JSON.parse(await readFile(join(records, file), 'utf8'))
      const { ino, size, mtimeNs } = await stat(join(folder, sidecar.name), { bigint: true })
      sidecar.records[0].file = { ino: String(ino), size: Number(size), mtimeNs: String(mtimeNs) }
      await writeFile(join(records, file), JSON.stringify(sidecar))
    }
  }

  for (const [where, prepare] of [
    ['where it was written', sameDisk],
    ['copied to another disk', async () => undefined],
  ] as const) {
    it(`is read with the generations and checksums of its manifests, ${where}`, async () => {
      await prepare()
      const reading = readFolder({ folder })
      const bucket = await openFolderBucket({ folder })
      for (const one of [reading, bucket]) {
        assert.deepEqual(await names(one.list('')), [MANIFEST, DATA])
        for (const object of OBJECTS) assert.deepEqual((await one.read(object.name))?.object, object)
      }
      await bucket.close()
    })

    it(`is written: objects are replaced, generations rise, the upload is gone, ${where}`, async () => {
      await prepare()
      const bucket = await openFolderBucket({ folder })
      const { generation } = OBJECTS[1]!
      const next = committed(
        await bucket.write(DATA, Buffer.from('PAR1 the third content PAR1'), generation, { contentType: 'x/y' }),
      )
      assert.ok(BigInt(next.generation) > BigInt(generation))
      assert.deepEqual(await readdir(join(folder, '.tick-handler/uploads')), [])
      await bucket.close()
      assert.deepEqual(await readFolder({ folder }).stat(DATA), next)
    })
  }

  it('notices a file that was changed since', async () => {
    await sameDisk()
    await writeFile(join(folder, DATA), 'PAR1 the second CONTENT PAR1')
    await utimes(join(folder, DATA), 1, 1)
    const found = await readFolder({ folder }).stat(DATA)
    assert.notEqual(found?.generation, OBJECTS[1]!.generation)
    assert.notEqual(found?.crc32c, OBJECTS[1]!.crc32c)
  })
})
