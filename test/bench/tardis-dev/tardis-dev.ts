import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { promisify } from 'node:util'

const run = promisify(execFile)
const HERE = import.meta.dirname
const INSTALLED = join(HERE, '../../../node_modules/.cache/tardis-dev')
const TLS = join(HERE, '../../fixtures/tls')

/** The client repeats what fails for hours. */
const MAX_SECONDS_PER_FILE = 5

/** What `downloadDatasets` is told: its `to` is not included. */
export interface Selection {
  readonly exchange: string
  readonly dataTypes: readonly string[]
  readonly symbols: readonly string[]
  readonly from: string
  readonly to: string
}

/** Installs the client at the first run. @returns why there is none, such as without a registry; undefined if there is one */
export async function installClient(folder = INSTALLED): Promise<string | undefined> {
  if (existsSync(join(folder, 'node_modules/tardis-dev/package.json'))) return undefined
  await mkdir(folder, { recursive: true })
  for (const file of ['package.json', 'package-lock.json']) await copyFile(join(HERE, file), join(folder, file))
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--fetch-retries=0']
  const failure = await run('npm', args, { cwd: folder }).then(
    () => undefined,
    error => `npm ci of tardis-dev failed: ${String(error.stderr || error.message).trim()}`,
  )
  if (failure) await rm(join(folder, 'node_modules'), { recursive: true, force: true })
  return failure
}

/**
 * Downloads with the client, in a process of its own, from the vendor at `datasetsUrl`. The client speaks only HTTPS, so the
 * vendor gets a front with TLS.
 * @returns the seconds
 * @throws Error unless it stored `files` files
 */
export async function downloadWithClient(datasetsUrl: string, selection: Selection, files: number): Promise<number> {
  await using open = new AsyncDisposableStack()
  const downloadDir = await mkdtemp(join(tmpdir(), 'tick-handler-bench-tardis-dev-'))
  open.defer(() => rm(downloadDir, { recursive: true }))
  const { origin, pathname } = new URL(datasetsUrl)
  const front = open.use(await TlsFront.open(Number(new URL(origin).port)))
  const options = JSON.stringify({ ...selection, downloadDir })
  const args = [join(HERE, 'client.mjs'), INSTALLED, `https://127.0.0.1:${front.port}${pathname}`, options]
  const env = { PATH: process.env.PATH, NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' }
  const timeout = MAX_SECONDS_PER_FILE * files * 1000
  const { stdout } = await run(process.execPath, args, { env, timeout })
  const stored = (await readdir(downloadDir)).length
  if (stored !== files) throw new Error(`tardis-dev stored ${stored} files, expected ${files}`)
  return Number(stdout)
}

/** Takes TLS on a loopback port and hands on what is in it. */
class TlsFront implements AsyncDisposable {
  readonly port: number
  readonly #close: () => Promise<void>

  private constructor(port: number, close: () => Promise<void>) {
    this.port = port
    this.#close = close
  }

  static async open(to: number): Promise<TlsFront> {
    const [key, cert] = await Promise.all(['key.pem', 'cert.pem'].map(file => readFile(join(TLS, file))))
    const sockets = new Set<Socket>()
    const server = createServer({ key, cert }, taken => {
      const handed = connect(to, '127.0.0.1')
      for (const [one, other] of [
        [taken, handed],
        [handed, taken],
      ] as const) {
        sockets.add(one)
        one.on('error', () => other.destroy()).on('close', () => other.destroy())
        one.pipe(other)
      }
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const close = async () => {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    }
    return new TlsFront((server.address() as AddressInfo).port, close)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }
}
