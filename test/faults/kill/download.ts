import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const COMMAND = fileURLToPath(new URL('../../../functions/local/tick-handler.ts', import.meta.url))
const VENDOR = fileURLToPath(new URL('./vendor-process.ts', import.meta.url))

export const VENUE = 'binance-futures'
export const DATE = '2024-08-01'

export interface VendorProcess {
  readonly apiUrl: string
  readonly datasetsUrl: string
  close(): Promise<void>
}

export async function startVendor(rows: number): Promise<VendorProcess> {
  const child = spawn(process.execPath, [VENDOR, DATE, String(rows)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  const [line] = await once(createInterface(child.stdout), 'line')
  return {
    ...JSON.parse(line),
    async close() {
      child.kill()
      await ended
    },
  }
}

export interface Download {
  readonly child: ChildProcess
  /** Resolves with the text so far once the process has said this on stderr, or has ended. */
  said(text: string): Promise<string>
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; output: string }>
}

/** `tick-handler download` of one venue-day into a folder, as a process of its own. */
export function startDownload(
  folder: string,
  { apiUrl, datasetsUrl }: VendorProcess,
  more: { readonly env?: Readonly<Record<string, string>>; readonly args?: readonly string[] } = {},
): Download {
  const range = ['--venues', VENUE, '--start-date', DATE, '--end-date', DATE]
  const types = ['--data-types', 'trades,quotes,derivative_ticker,liquidations,book_snapshot_5,incremental_book_L2']
  const args = [COMMAND, 'download', ...range, ...types, '--data-dir', folder, ...(more.args ?? [])]
  const settings = { TARDIS_API_URL: apiUrl, TARDIS_DATASETS_URL: datasetsUrl, BATCH_SIZE: '3' }
  const env = { PATH: process.env.PATH, ...settings, ...more.env }
  const child = spawn(process.execPath, args, { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, output }))
  const said = async (text: string) => {
    while (!output.includes(text) && child.exitCode === null && child.signalCode === null)
      await Promise.race([once(child.stderr, 'data'), ended])
    return output
  }
  return { child, said, ended }
}
