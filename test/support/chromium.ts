import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Readable } from 'node:stream'

/** A page in a real Chromium, over its DevTools protocol: https://chromedevtools.github.io/devtools-protocol/ */
export interface Page {
  /** Opens an address and waits until `ready` is true in it. */
  open(url: string, ready: string): Promise<void>
  /** The value of an expression in the page; a promise is waited for. */
  evaluate<T>(expression: string): Promise<T>
  /** Waits for an expression to become true, a frame of the page at a time. */
  until(expression: string): Promise<void>
  send(method: string, params?: object): Promise<Record<string, unknown>>
  /** Errors, warnings and requests to the network since the page was opened. */
  readonly complaints: readonly string[]
}

export interface Browser extends AsyncDisposable {
  readonly page: Page
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

/** The program, or undefined where there is none: `CHROMIUM`, or one of the usual names on the path. */
export function findChromium(): string | undefined {
  const { CHROMIUM, PATH = '' } = process.env
  const paths = PATH.split(delimiter).flatMap(folder => NAMES.map(name => join(folder, name)))
  return [...(CHROMIUM ? [CHROMIUM] : []), ...paths].find(isProgram)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export async function startChromium(program: string): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'chromium-'))
  const flags = [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--hide-scrollbars',
    '--disable-dev-shm-usage',
  ]
  const child = spawn(program, [...flags, '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const dispose = async () => {
    const gone = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined
    child.kill('SIGKILL')
    await gone
    await rm(profile, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    const port = new URL(await listeningAddress(child.stderr)).port
    const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
      type: string
      webSocketDebuggerUrl: string
    }[]
    const socket = new WebSocket(targets.find(({ type }) => type === 'page')!.webSocketDebuggerUrl)
    await once(socket, 'open')
    return { page: await pageOver(socket), [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

/** Chromium says where it listens, on stderr. */
async function listeningAddress(stderr: Readable): Promise<string> {
  let text = ''
  for await (const chunk of stderr.iterator({ destroyOnReturn: false })) {
    text += chunk
    const [, address] = /DevTools listening on (ws:\S+)/.exec(text) ?? []
    if (address) {
      stderr.resume()
      return address
    }
  }
  throw new Error(`chromium ended before it listened: ${text.slice(0, 2000)}`)
}

interface Message {
  readonly id?: number
  readonly method?: string
  // biome-ignore lint/suspicious/noExplicitAny: as many shapes as there are events
  readonly params?: any
  readonly result?: Record<string, unknown>
  readonly error?: { readonly message: string }
}

async function pageOver(socket: WebSocket): Promise<Page> {
  const waiting = new Map<
    number,
    { resolve: (result: Record<string, unknown>) => void; reject: (error: Error) => void }
  >()
  const complaints: string[] = []
  let sent = 0
  socket.addEventListener('message', ({ data }) => {
    const { id, method, params, result, error }: Message = JSON.parse(String(data))
    if (id === undefined) complaints.push(...complaintsOf(method!, params))
    else if (error) waiting.get(id)?.reject(new Error(error.message))
    else waiting.get(id)?.resolve(result ?? {})
  })
  const send = (method: string, params: object = {}) => {
    sent += 1
    socket.send(JSON.stringify({ id: sent, method, params }))
    return new Promise<Record<string, unknown>>((resolve, reject) => waiting.set(sent, { resolve, reject }))
  }
  const evaluate = async <T>(expression: string): Promise<T> => {
    const { result, exceptionDetails } = (await send('Runtime.evaluate', {
      ...{ expression, awaitPromise: true, returnByValue: true },
    })) as { result: { value: T }; exceptionDetails?: { exception?: { description?: string } } }
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? JSON.stringify(exceptionDetails))
    return result.value
  }
  const until = (condition: string) =>
    evaluate<void>(
      `new Promise(done => { const look = () => (${condition}) ? done() : requestAnimationFrame(look); look() })`,
    )
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await send(`${domain}.enable`)
  return {
    ...{ send, evaluate, until, complaints },
    async open(url, ready) {
      complaints.length = 0
      await send('Page.navigate', { url })
      await until(`location.href === ${JSON.stringify(url)} && (${ready})`)
    },
  }
}

// biome-ignore lint/suspicious/noExplicitAny: as many shapes as there are events
function complaintsOf(method: string, params: any): string[] {
  if (method === 'Runtime.exceptionThrown') return [`exception: ${params.exceptionDetails.exception?.description}`]
  if (method === 'Runtime.consoleAPICalled') return [`console.${params.type}: ${JSON.stringify(params.args)}`]
  if (method === 'Log.entryAdded') return [`${params.entry.level}: ${params.entry.text}`]
  const url = method === 'Network.requestWillBeSent' ? params.request.url : 'data:'
  return /^(data|blob|file|about):/.test(url) ? [] : [`request: ${url}`]
}
