import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { DAY_MS } from '../../../market/days.ts'
import { DeadlineExceeded } from '../../../runtime/deadline.ts'
import { VendorError } from '../../../tardis/error.ts'
import { systemErrorText } from '../system-error.ts'

export interface AnswerCacheOptions {
  readonly folder: string
  /** Milliseconds since 1970 UTC. */
  readonly nowMs: () => number
  /** True: request everything again. */
  readonly refresh: boolean
  readonly warn: (line: string) => void
}

/** The answers of one address: those of another one are other files. `XDG_CACHE_HOME` or `~/.cache`, as programs do. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>, apiUrl: string): string {
  const base = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache')
  return resolve(base, 'tick-handler', encodeURIComponent(apiUrl))
}

/**
 * What the vendor answered, kept for a day in files, so that the next command is instant. An older answer is used with a
 * warning where the vendor does not respond. A file that cannot be read is requested again. Safe to use by several
 * processes at once: a file is written aside and then renamed.
 */
export class AnswerCache {
  readonly #options: AnswerCacheOptions

  constructor(options: AnswerCacheOptions) {
    this.#options = options
  }

  /** The kept answer, or that of `request`. @throws what `request` throws where no answer is kept */
  async get<T extends object>(name: string, schema: z.ZodType<T>, request: () => Promise<T>): Promise<T> {
    const { nowMs, refresh, warn } = this.#options
    const kept = await this.#read(name, schema)
    const ageMs = kept ? nowMs() - kept.savedAtMs : Number.NaN
    if (kept && !refresh && ageMs >= 0 && ageMs < DAY_MS) return kept.answer
    try {
      const answer = await request()
      await this.keep(name, answer)
      return answer
    } catch (error) {
      if (!kept || !isFailure(error)) throw error
      warn(`${name}: as of ${new Date(kept.savedAtMs).toISOString()}, because of ${systemErrorText(error)}`)
      return kept.answer
    }
  }

  /** Keeps an answer; where that fails it warns. */
  async keep(name: string, answer: object): Promise<void> {
    const { folder, nowMs, warn } = this.#options
    const path = join(folder, `${name}.json`)
    const aside = `${path}.${randomUUID()}`
    try {
      await mkdir(folder, { recursive: true })
      await writeFile(aside, JSON.stringify({ savedAtMs: nowMs(), answer }))
      await rename(aside, path)
    } catch (error) {
      await rm(aside, { force: true }).catch(() => {})
      warn(`cannot keep the answer: ${systemErrorText(error)}`)
    }
  }

  async #read<T extends object>(name: string, schema: z.ZodType<T>) {
    try {
      const text = await readFile(join(this.#options.folder, `${name}.json`), 'utf8')
      return z.object({ savedAtMs: z.number(), answer: schema }).safeParse(JSON.parse(text)).data
    } catch {
      // Absent or damaged: the request replaces it.
      return undefined
    }
  }
}

/** True of a vendor that does not respond; false of a fault of the command line, which an old answer must not hide. */
function isFailure(error: unknown): boolean {
  return error instanceof VendorError || error instanceof DeadlineExceeded
}
