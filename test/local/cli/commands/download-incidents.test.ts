import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sampleSource } from '../../../../functions/emulators/tardis/sample-source.ts'
import { startTardisServer, type TardisServer } from '../../../../functions/emulators/tardis/server.ts'
import { callMain } from '../cli.ts'

const DATE = '2024-08-01'
const INCIDENT = {
  from: '2024-08-01T01:00:00.000Z',
  to: '2024-08-01T02:00:00.000Z',
  status: 'resolved',
  details: 'the recorder was down',
}

describe('tick-handler download: incidents that Tardis reports late', () => {
  let server: TardisServer
  let folder: string
  let incidentReports: object[] = []
  let asked: string[] = []

  before(async () => {
    const source = sampleSource({ dates: [DATE], rowsPerFile: 50 })
    const exchange = async (venue: string) => {
      const details = await source.exchange(venue)
      return details && JSON.stringify({ ...JSON.parse(details.toString()), incidentReports })
    }
    server = await startTardisServer({
      source: { ...source, exchange },
      intercept({ url }) {
        asked.push(url ?? '')
        return false
      },
    })
    folder = await mkdtemp(join(tmpdir(), 'download-incidents-'))
  })
  after(async () => {
    await server.close()
    await rm(folder, { recursive: true })
  })

  const download = (venue: string) => {
    const env = { TARDIS_API_URL: server.apiUrl, TARDIS_DATASETS_URL: server.datasetsUrl, LOG_LEVEL: 'warn' }
    const range = ['--venues', venue, '--start-date', DATE, '--end-date', DATE, '--data-types', 'trades']
    return callMain(['download', ...range, '--json'], { cwd: folder, env })
  }
  const manifest = async (venue: string) =>
    JSON.parse(await readFile(join(folder, `data/_ledger/venue=${venue}/date=${DATE}/manifest.json`), 'utf8'))

  it('puts them into the manifest of a complete day, with one request to Tardis and no file', async () => {
    for (const venue of ['binance', 'deribit']) {
      const first = await download(venue)
      assert.deepEqual([first.code, first.stderr], [0, ''])
    }
    assert.deepEqual((await manifest('binance')).incidents, [])
    incidentReports = [INCIDENT]
    asked = []
    const again = await download('binance')
    assert.deepEqual([again.code, again.stderr], [0, ''])
    assert.equal(asked.length, 1, asked.join())
    assert.match(asked[0]!, /\/exchanges\/binance\b/)
    const { venueDays } = JSON.parse(again.stdout)
    assert.deepEqual(venueDays[0].incidents, [INCIDENT])
    assert.deepEqual((await manifest('binance')).incidents, [INCIDENT])
    assert.deepEqual((await manifest('deribit')).incidents, [], 'of a venue that was not asked for')
  })
})
