import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contentsOf } from './contents.ts'
import { startDownload, startVendor, type VendorProcess } from './download.ts'
import { type Reader, startReader } from './reader.ts'

const FULL_DISK = new URL('./full-disk.ts', import.meta.url).href

describe('tick-handler download, on a full disk', () => {
  let vendor: VendorProcess
  let folder: string
  let reader: Reader
  before(async () => {
    vendor = await startVendor(3_000)
  })
  after(() => vendor.close())
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'full-disk-'))
    reader = startReader(folder)
  })
  afterEach(() => reader.stop().finally(() => rm(folder, { recursive: true })))

  it('ends with an error that names the disk, shows nothing in part, and goes on once there is room', async () => {
    const undisturbed = await mkdtemp(join(tmpdir(), 'undisturbed-'))
    assert.equal((await startDownload(undisturbed, vendor).ended).code, 0)
    const expected = await contentsOf(undisturbed)
    await rm(undisturbed, { recursive: true })

    const env = { NODE_OPTIONS: `--import=${FULL_DISK}`, DISK_BYTES: '30000' }
    const full = await startDownload(folder, vendor, { env }).ended
    assert.equal(full.code, 1, full.output)
    assert.match(full.output, new RegExp(`disk full: ${folder} [(].* free, at least .* needed[)]`))
    assert.deepEqual(
      (await readdir(join(folder, '.tick-handler/uploads'))).filter(name => name !== 'record'),
      [],
    )
    const { code, output } = await startDownload(folder, vendor).ended
    assert.equal(code, 0, output)
    await reader.stop()
    assert.ok(reader.filesRead > 0)
    assert.deepEqual(await contentsOf(folder), expected)
  })
})
