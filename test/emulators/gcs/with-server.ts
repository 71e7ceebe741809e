import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type GcsServer, startGcsServer } from '../../../functions/emulators/gcs/server.ts'

export const BUCKET = 'ticks'

export interface Served {
  readonly folder: string
  server: GcsServer
  /** A request of the JSON API, `/o/…` below the bucket, or a whole address. */
  call(method: string, path: string, init?: Omit<RequestInit, 'method'>): Promise<Response>
  /** A new object by one request. */
  put(name: string, content: string | Uint8Array, query?: string): Promise<Response>
  /** What the server says of an object. */
  get(name: string): Promise<{ readonly status: number; readonly body: Record<string, unknown> }>
  /** The object's generation. */
  generation(name: string): Promise<string>
  /** The object's bytes. */
  media(name: string, headers?: Record<string, string>): Promise<Response>
  /** All files that are objects. */
  files(): Promise<string[]>
  restart(): Promise<void>
  close(): Promise<void>
}

/** A server on a new folder. */
export async function serveFolder(): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), 'gcs-server-'))
  const start = () => startGcsServer({ folder, bucket: BUCKET })
  const served: Served = {
    folder,
    server: await start(),
    call(method, path, init) {
      const base = `${served.server.endpoint}${path.startsWith('/upload') ? '' : `/storage/v1/b/${BUCKET}`}`
      return fetch(path.startsWith('http') ? path : `${base}${path}`, { ...init, method })
    },
    put(name, content, query = '') {
      const path = `/upload/storage/v1/b/${BUCKET}/o?uploadType=media&name=${encodeURIComponent(name)}${query}`
      return served.call('POST', path, { body: typeof content === 'string' ? content : Buffer.from(content) })
    },
    async get(name) {
      const response = await served.call('GET', `/o/${encodeURIComponent(name)}`)
      return { status: response.status, body: (await response.json()) as Record<string, unknown> }
    },
    generation: async name => String((await served.get(name)).body.generation),
    media: (name, headers = {}) => served.call('GET', `/o/${encodeURIComponent(name)}?alt=media`, { headers }),
    files: () => filesBelow(folder),
    async restart() {
      await served.server.close()
      served.server = await start()
    },
    async close() {
      await served.server.close()
      await rm(folder, { recursive: true })
    },
  }
  return served
}

/** The files below a folder that are objects, in order. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  const names = files.map(file => file.slice(folder.length + 1))
  return names.filter(name => !name.startsWith('.tick-handler/')).sort()
}
