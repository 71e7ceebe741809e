import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sampleSource } from '../../../../functions/emulators/tardis/sample-source.ts'
import { startTardisServer, type TardisServer } from '../../../../functions/emulators/tardis/server.ts'
import { callMain } from '../cli.ts'

const DATES = ['2024-08-01', '2024-08-02']

describe('tick-handler download, where Tardis refuses everything', () => {
  let server: TardisServer
  let folder: string
  let datasets: string[] = []
  let refuse: ((response: ServerResponse) => void) | undefined

  before(async () => {
    server = await startTardisServer({
      source: sampleSource({ dates: DATES, rowsPerFile: 50 }),
      intercept: (request, response) => {
        if (!request.url!.includes('/datasets/')) return false
        datasets.push(request.url!)
        refuse?.(response)
        return refuse !== undefined
      },
    })
  })
  after(() => server.close())
  beforeEach(async () => {
    datasets = []
    folder = await mkdtemp(join(tmpdir(), 'download-refused-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const download = (...more: string[]) => {
    const args = ['download', '--venues', 'binance,deribit', '--start-date', DATES[0]!, '--end-date', DATES[1]!]
    const env = {
      TARDIS_API_URL: server.apiUrl,
      TARDIS_DATASETS_URL: server.datasetsUrl,
      TARDIS_API_KEY: 'TD.a-key-to-test-with',
      DOWNLOAD_MAX_WORKERS: '1',
      DOWNLOAD_MAX_CONNECTIONS: '1',
      LOG_LEVEL: 'error',
    }
    return callMain([...args, ...more], { cwd: folder, env })
  }

  it('stops at the daily quota, says until when, and the same command resumes', async () => {
    const body = JSON.stringify({ message: 'daily quota used up' })
    refuse = response => void response.writeHead(429, { 'retry-after': '36000' }).end(body)
    const first = await download()
    assert.equal(first.code, 1)
    const text = first.stdout.replace(/\s+/g, ' ')
    const line = /Tardis daily quota used up until \d\d:\d\d UTC on \d{4}-\d\d-\d\d; run the same command again then/
    assert.match(text, line)
    // Two batches are worked on at once, each may have begun one item.
    assert.ok(datasets.length <= 2, `${datasets.length} requests`)
    const quiet = await download('--quiet')
    assert.match(quiet.stderr, line)
    const { code, stdout } = await download('--json')
    assert.equal(code, 1)
    assert.equal(JSON.parse(stdout).vendorBlock.reason, 'quota')
    refuse = undefined
    assert.equal((await download()).code, 0)
  })

  it('stops at a refused key, and says what to do', async () => {
    refuse = response => void response.writeHead(401).end(JSON.stringify({ message: 'the key has expired.' }))
    const { code, stdout } = await download()
    assert.equal(code, 1)
    assert.match(
      stdout.replace(/\s+/g, ' '),
      /Tardis refuses the API key: check TARDIS_API_KEY.*the key has expired\)\. /,
    )
    assert.ok(datasets.length <= 2, `${datasets.length} requests`)
  })
})
