import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGcsServer } from '../../../functions/emulators/gcs/server.ts'
import { ABSENT, type Bucket } from '../../../functions/storage/bucket.ts'
import { createGcsBucket } from '../../../functions/storage/gcs.ts'
import { StorageError } from '../../../functions/storage/storage-error.ts'
import { committed, someBytes } from '../../support/bucket-suite.ts'
import { type ServerProcess, spawnServer } from './spawn-server.ts'
import { BUCKET, filesBelow } from './with-server.ts'

const CHUNK_BYTES = 256 * 1024
const TYPE = { contentType: 'application/octet-stream' }

describe('emulators/gcs as a process', () => {
  let folder: string
  let process: ServerProcess | undefined
  const opened: { close(): Promise<void> }[] = []

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gcs-process-'))
  })
  afterEach(async () => {
    for (const { close } of opened.splice(0)) await close()
    await process?.kill()
    process = undefined
    await rm(folder, { recursive: true })
  })

  async function start(limitBytes?: number): Promise<Bucket> {
    process = await spawnServer(folder, limitBytes)
    return client(process.line)
  }
  function client(endpoint: string): Bucket {
    const retry = { retryDelayMs: 1, retryBudgetMs: 200 }
    const bucket = createGcsBucket({ bucket: BUCKET, apiEndpoint: endpoint, chunkBytes: CHUNK_BYTES, ...retry })
    opened.push(bucket)
    return bucket
  }

  for (const chunks of [1, 3, 6]) {
    it(`leaves the old object whole where it is killed after chunk ${chunks} of a replacement`, async () => {
      const bucket = await start()
      const old = committed(await bucket.write('a/b', someBytes(1000), ABSENT, TYPE))
      const writer = bucket.createWriter('a/b', old.generation, TYPE)
      const fresh = bucket.createWriter('a/c', ABSENT, TYPE)
      for (let n = 0; n <= chunks; n++) {
        await writer.write(someBytes(CHUNK_BYTES, n))
        await fresh.write(someBytes(CHUNK_BYTES, n))
      }
      await process!.kill()
      for (const killed of [writer, fresh]) {
        await assert.rejects(killed.commit(), (error: unknown) => error instanceof StorageError && error.retryable)
        await killed.abort()
      }
      assert.deepEqual(await filesBelow(folder), ['a/b'])
      const after = await start()
      assert.deepEqual(await after.stat('a/b'), old)
      assert.ok(Buffer.from(someBytes(1000)).equals((await after.read('a/b'))!.data))
      assert.deepEqual(await readdir(join(folder, '.tick-handler/uploads')), [])
    })
  }

  it('leaves whole objects with their own metadata and rising generations, whenever it is killed', async () => {
    const seen = new Map<string, bigint>()
    let bucket = await start()
    for (let round = 0; round < 4; round++) {
      const put = async (n: number): Promise<void> => {
        const name = `object-${n % 5}`
        const present = await bucket.stat(name)
        const content = someBytes(1 + ((n * 7919) % 600_000), n + round)
        const { generation } = committed(await bucket.write(name, content, present?.generation ?? ABSENT, TYPE))
        assert.ok(BigInt(generation) > (seen.get(name) ?? 0n), `${name} ${generation}`)
        seen.set(name, BigInt(generation))
      }
      const writes = 10 + round
      let killed: Promise<void> | undefined
      const work = (async () => {
        for (let n = 0; n < writes; n++) {
          // The kill comes while the last writes are on their way.
          if (n === writes - 2) killed = process!.kill()
          await put(n)
        }
      })()
      await assert.rejects(work, StorageError)
      await killed
      bucket = await start()
      for (const name of await filesBelow(folder)) {
        const { object, data } = (await bucket.read(name))!
        assert.ok(data.length > 0 && object.bytes === data.length)
        assert.ok(BigInt(object.generation) >= (seen.get(name) ?? 0n), `${name} fell back`)
        seen.set(name, BigInt(object.generation))
      }
    }
  })

  it('refuses a folder that another process serves, until that process is dead', async () => {
    await start()
    const second = await spawnServer(folder)
    assert.match(second.line, new RegExp(`is in use by process ${process!.child.pid} `))
    await assert.rejects(startGcsServer({ folder, bucket: BUCKET }), /is in use by process/)
    await process!.kill()
    const here = await startGcsServer({ folder, bucket: BUCKET })
    await assert.rejects(startGcsServer({ folder, bucket: BUCKET }), /is in use by process/)
    await here.close()
    assert.deepEqual(
      (await readdir(join(folder, '.tick-handler'))).filter(name => name.startsWith('lock')),
      [],
    )
  })

  it('reports that an object is too large for the disk, and keeps nothing of it', async () => {
    const limitBytes = 4 * CHUNK_BYTES
    const bucket = await start(limitBytes)
    const old = committed(await bucket.write('a', someBytes(1000), ABSENT, TYPE))
    const noRoom = (error: unknown): boolean => {
      assert.ok(error instanceof StorageError)
      assert.equal(error.code, 507)
      assert.equal(error.retryable, false)
      assert.match(error.message, /ticks\/a: 507 .*(space|too large)/)
      return true
    }
    await assert.rejects(bucket.write('a', someBytes(limitBytes + 1), old.generation, TYPE), noRoom)
    const writer = bucket.createWriter('a', old.generation, TYPE)
    const writing = (async () => {
      for (let n = 0; n < 8; n++) await writer.write(someBytes(CHUNK_BYTES, n))
      await writer.commit()
    })()
    await assert.rejects(writing, noRoom)
    await writer.abort()
    assert.deepEqual(await bucket.stat('a'), old)
    assert.deepEqual(await filesBelow(folder), ['a'])
    assert.deepEqual(await readdir(join(folder, '.tick-handler/uploads')), [])
  })
})
