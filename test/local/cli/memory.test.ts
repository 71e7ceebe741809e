import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startGcsServer } from '../../../functions/emulators/gcs/server.ts'
import { encodeDocument } from '../../../functions/ledger/document.ts'
import { manifest } from '../../../functions/ledger/manifest.ts'
import { addDays } from '../../../functions/market/days.ts'
import { manifestName } from '../../../functions/storage/names.ts'
import { archivedDays } from '../../support/archive.ts'
import { runCli } from './cli.ts'

const VENUES = ['binance', 'deribit', 'okex']
const DAYS = 100
/** Of each item, in a field that no release knows, so that whoever keeps a manifest keeps it. */
const PADDING_BYTES = 20_000
const OLD_SPACE_MB = 64
const MAX_MB = 300
const PEAK = fileURLToPath(new URL('../../support/peak-memory.ts', import.meta.url))

/** Manifests of a quarter of a megabyte, 75 MB in all: more than the commands may keep. */
async function writeLargeArchive(folder: string): Promise<void> {
  const archive = { venues: 1, days: 1, firstDate: '2024-01-01', symbols: 4, seed: 1 }
  const [first] = archivedDays(archive)
  const made = first!.manifest
  const items = made.items.filter(({ status }) => status === 'stored')
  for (const venue of VENUES)
    for (let day = 0; day < DAYS; day += 1) {
      const date = addDays(archive.firstDate, day)
      const padded = items.map((item, at) => ({
        ...item,
        padding: `${venue} ${date} ${at} `.padEnd(PADDING_BYTES, 'x'),
      }))
      const name = manifestName('ticks', { venue, date })
      const document = { ...made, ...{ venue, date, status: 'complete' as const, incidents: [], items: padded } }
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), encodeDocument(manifest, name, document))
    }
}

describe('the memory of status and report', () => {
  let folder: string
  let server: Awaited<ReturnType<typeof startGcsServer>>
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'memory-'))
    await writeLargeArchive(join(folder, 'data'))
    server = await startGcsServer({ folder: join(folder, 'data'), bucket: 'large' })
  })
  after(async () => {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  })

  for (const [what, args] of [
    ['status of a folder', ['status', 'data']],
    ['status of a bucket', ['status', 'gs://large']],
    ['status by symbol', ['status', 'gs://large', '--by', 'symbol', '--gaps', '--quality']],
    ['report of a folder', ['report', 'data', '--out', 'folder.html']],
    ['report of a bucket', ['report', 'gs://large', '--out', 'bucket.html']],
    ['report of a bucket that is kept', ['report', 'gs://large', '--out', 'kept.html']],
  ] as const)
    it(`${what}: at most ${MAX_MB} MB, and no manifest is kept`, async () => {
      const NODE_OPTIONS = `--max-old-space-size=${OLD_SPACE_MB} --import=${PEAK}`
      const env = { GCS_API_ENDPOINT: server.endpoint, XDG_CACHE_HOME: join(folder, 'cache'), NODE_OPTIONS }
      const { stdout, stderr } = await runCli(args, { cwd: folder, env })
      assert.match(stdout, /300 (of \d+ )?venue-days|300 complete|of 300 venue-days|days of symbols complete/, stderr)
      const [, peakMb] = /^peak (\d+) MB$/m.exec(stderr) ?? []
      assert.ok(Number(peakMb) < MAX_MB, `${peakMb} MB: ${stderr}`)
    })
})
