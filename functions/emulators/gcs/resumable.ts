import { randomUUID } from 'node:crypto'
import type { Metadata, ObjectRecord } from '../../storage/folder/records.ts'
import type { StagedFile } from '../../storage/folder/staged-file.ts'
import { invalid, isDiskFull, noSession } from './api-error.ts'
import { KeyedLock } from './keyed-lock.ts'
import { checkHashes, type StatedHashes } from './metadata.ts'
import type { ServedBucket, Target } from './served-bucket.ts'

const QUANTUM_BYTES = 256 * 1024
const MAX_IDLE_MS = 7 * 24 * 3600 * 1000
const MAX_FINISHED = 10_000

/** The result of a request to a session: how many bytes are kept so far, or the object. */
export type Progress = { readonly kept: number } | { readonly name: string; readonly record: ObjectRecord }

/** `Content-Range` of a request: bytes from `start` (none of them in a status query), and the object's size if known. */
export interface ContentRange {
  readonly start: number | undefined
  readonly end: number | undefined
  readonly total: number | undefined
}

interface Session {
  readonly target: Target
  readonly metadata: Metadata
  readonly stated: StatedHashes
  readonly staged: StagedFile
  touchedMs: number
  /** The object, for a client that repeats a request because it did not get the response. */
  record?: ObjectRecord
}

/**
 * Resumable uploads, https://cloud.google.com/storage/docs/performing-resumable-uploads. As there, bytes are kept in
 * whole quanta of 256 KiB, so that a client can resume after a break. Sessions end with the process, or after a week as
 * those of Cloud Storage; then they get a 404. Memory: one quantum per request.
 */
export class Sessions {
  readonly #bucket: ServedBucket
  readonly #sessions = new Map<string, Session>()
  readonly #lock = new KeyedLock()

  constructor(bucket: ServedBucket) {
    this.#bucket = bucket
  }

  /** Opens a session. @returns its id. @throws ApiError 412 where the precondition is refused already. */
  async open(target: Target, metadata: Metadata, stated: StatedHashes): Promise<string> {
    await this.#bucket.check(target)
    await this.#forgetOld()
    const id = randomUUID()
    const staged = this.#bucket.stage()
    this.#sessions.set(id, { target, metadata, stated, staged, touchedMs: Date.now() })
    return id
  }

  /** Takes a request's bytes. Of a body that breaks off, the whole quanta are kept. The object's last byte commits it. */
  put(id: string, range: ContentRange, body: AsyncIterable<Buffer>, stated: StatedHashes): Promise<Progress> {
    return this.#lock.run(id, async () => {
      const session = this.#get(id)
      session.touchedMs = Date.now()
      if (session.record) return { name: session.target.name, record: session.record }
      try {
        const ended = range.start !== undefined && (await receive(session.staged, range, range.start, body))
        if (!ended && session.staged.bytes !== range.total) return { kept: session.staged.bytes }
      } catch (error) {
        // The client will not resume it, and its bytes take the room that is missing.
        if (isDiskFull(error)) await this.#drop(id, session)
        throw error
      }
      return this.#finish(id, session, range.total, stated)
    })
  }

  /** Forgets a session and its bytes. */
  cancel(id: string): Promise<void> {
    return this.#lock.run(id, () => this.#drop(id, this.#get(id)))
  }

  async #finish(id: string, session: Session, total: number | undefined, stated: StatedHashes): Promise<Progress> {
    const { target, metadata, staged } = session
    if (total !== undefined && total !== staged.bytes) throw invalid(`got ${staged.bytes} bytes, not ${total}`)
    try {
      const { crc32c = session.stated.crc32c, md5Hash = session.stated.md5Hash } = stated
      const content = await staged.finish()
      checkHashes({ crc32c, md5Hash }, content)
      session.record = await this.#bucket.put(target, content, metadata)
      return { name: target.name, record: session.record }
    } catch (error) {
      await this.#drop(id, session)
      throw error
    }
  }

  /** Removes the files of unfinished sessions. */
  async close(): Promise<void> {
    for (const [id, session] of this.#sessions) await this.#drop(id, session)
  }

  #get(id: string): Session {
    const session = this.#sessions.get(id)
    if (!session) throw noSession()
    return session
  }

  async #drop(id: string, session: Session): Promise<void> {
    this.#sessions.delete(id)
    session.staged.discard()
  }

  async #forgetOld(): Promise<void> {
    const finished = [...this.#sessions].filter(([, session]) => session.record)
    for (const [id] of finished.slice(0, -MAX_FINISHED)) this.#sessions.delete(id)
    for (const [id, session] of this.#sessions) {
      if (Date.now() - session.touchedMs > MAX_IDLE_MS) await this.#lock.run(id, () => this.#drop(id, session))
    }
  }
}

/** @returns whether these were the object's last bytes. */
async function receive(
  staged: StagedFile,
  range: ContentRange,
  start: number,
  body: AsyncIterable<Buffer>,
): Promise<boolean> {
  const { end, total } = range
  const isLast = end === undefined || end + 1 === total
  if (start > staged.bytes) throw invalid(`bytes from ${start} on were sent, but only ${staged.bytes} are kept`)
  if (!isLast && (end + 1 - start) % QUANTUM_BYTES !== 0) {
    throw invalid(`${end + 1 - start} bytes were sent; all but the last request take multiples of ${QUANTUM_BYTES}`)
  }
  let known = staged.bytes - start
  let held: Buffer[] = []
  let heldBytes = 0
  for await (const piece of body) {
    const fresh = piece.subarray(Math.min(known, piece.length))
    known -= piece.length - fresh.length
    held.push(fresh)
    heldBytes += fresh.length
    if (heldBytes < QUANTUM_BYTES) continue
    const whole = heldBytes - (heldBytes % QUANTUM_BYTES)
    const joined = Buffer.concat(held)
    await staged.write(joined.subarray(0, whole))
    held = [joined.subarray(whole)]
    heldBytes -= whole
  }
  if (end !== undefined && staged.bytes + heldBytes !== end + 1) {
    throw invalid(`the body ends at byte ${staged.bytes + heldBytes}, not ${end + 1}`)
  }
  for (const rest of held) await staged.write(rest)
  return isLast
}

/** @throws ApiError 400 for anything but `bytes {start}-{end}/{total}` with `*` for what is not known. */
export function parseContentRange(header: string | undefined): ContentRange {
  if (header === undefined) return { start: 0, end: undefined, total: undefined }
  // How @google-cloud/storage sends an empty object in chunks.
  if (header === 'bytes 0--1/0') return { start: undefined, end: undefined, total: 0 }
  const match = /^bytes (?:(\d+)-(\d+|\*)|\*)\/(\d+|\*)$/.exec(header)
  if (!match) throw invalid(`Invalid Content-Range: ${header}`)
  const number = (text: string | undefined) => (text === undefined || text === '*' ? undefined : Number(text))
  const range = { start: number(match[1]), end: number(match[2]), total: number(match[3]) }
  const isOrdered =
    (range.end ?? range.start ?? 0) >= (range.start ?? 0) && (range.end ?? -1) < (range.total ?? Infinity)
  if (!isOrdered) throw invalid(`Invalid Content-Range: ${header}`)
  return range
}
