import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sampleSource } from '../../../../functions/emulators/tardis/sample-source.ts'
import { startTardisServer, type TardisServer } from '../../../../functions/emulators/tardis/server.ts'
import { runCli } from '../cli.ts'

const DAY = '2024-08-01'

describe('tick-handler download, interrupted', () => {
  let server: TardisServer
  let folder: string
  let onDataset: () => void

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'download-interrupt-'))
    // A dataset never comes: the run can only end by signals.
    const intercept = ({ url }: { url?: string }) => {
      if (!url?.includes('/datasets/')) return false
      onDataset()
      return true
    }
    server = await startTardisServer({ source: sampleSource({ dates: [DAY], rowsPerFile: 1 }), intercept })
  })
  afterEach(async () => {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  })

  /** Sends the signals when a dataset is awaited. The process is stopped meanwhile, so that it finds all of them at once. */
  const interrupted = (...signals: readonly NodeJS.Signals[]) => {
    let send: (signal: NodeJS.Signals) => void = () => assert.fail('nothing was on stderr before the first dataset')
    let isSent = false
    onDataset = () => {
      if (isSent) return
      isSent = true
      for (const signal of ['SIGSTOP', ...signals, 'SIGCONT'] as const) send(signal)
    }
    return runCli(['download', '--venues', 'binance', '--start-date', DAY, '--end-date', DAY], {
      cwd: folder,
      env: { TARDIS_API_URL: server.apiUrl, TARDIS_DATASETS_URL: server.datasetsUrl },
      onStderr(_, kill) {
        send = kill
      },
    })
  }

  it('says at the first signal that a second one stops it at once', async () => {
    const { code, stderr, stdout } = await interrupted('SIGINT')
    assert.equal(code, 130, stderr)
    assert.match(stderr, /^tick-handler: stopping; press Ctrl-C again to stop at once$/m)
    assert.doesNotMatch(stderr, /stopped at once/)
    assert.match(stdout, /Interrupted\. Run the same command to resume\./)
  })

  it('says at the second signal that it stopped at once, and how to resume', async () => {
    const { code, stderr, stdout } = await interrupted('SIGINT', 'SIGTERM')
    // The system does not say which of the two comes first.
    assert.ok(code === 130 || code === 143, `exit code ${code}: ${stderr}`)
    assert.match(stderr, /^tick-handler: stopped at once; run the same command to resume\n$/m)
    assert.equal(stdout, '')
  })
})
