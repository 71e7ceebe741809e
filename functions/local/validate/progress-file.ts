import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { type VenueDay, venueDayKey } from '../../market/items.ts'
import type { ItemSelection } from '../report/item-choice.ts'
import type { ValidatedDay } from './validate-day.ts'

/** What was asked for: another validation does not go on with the same file. */
export interface ValidationId extends ItemSelection {
  readonly where: string
  readonly prefix: string
  readonly reads: boolean
  readonly isDeep: boolean
}

const count = z.int().min(0)
const line = z.object({
  venue: z.string(),
  date: z.string(),
  /** Of the manifest that was compared. */
  generation: z.string(),
  ...{ files: count, bytes: count, rows: count },
  status: z.enum(['complete', 'incomplete', 'pending']),
})
type Line = z.infer<typeof line>

/** The file belongs to something else. */
export class ProgressFileError extends Error {
  override readonly name = 'ProgressFileError'
}

/**
 * A file of the venue-days that were found right, one line each, so that a validation that was stopped goes on where it was.
 * A venue-day counts as long as its manifest is the same. Safe where the process is killed: a torn last line does not count.
 */
export class ProgressFile {
  readonly #path: string
  readonly #lines = new Map<string, Line>()

  private constructor(path: string) {
    this.#path = path
  }

  /** @throws ProgressFileError where the file is of another validation; the error of the file system */
  static async open(path: string, id: ValidationId): Promise<ProgressFile> {
    const file = new ProgressFile(path)
    const head = JSON.stringify({ validation: 1, ...id })
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return ''
      throw error
    })
    const [first = '', ...lines] = text.split('\n')
    if (text === '') await writeFile(path, `${head}\n`)
    else if (first !== head)
      throw new ProgressFileError(
        `${path}: found ${first.slice(0, 200)}, expected ${head}: name another file, or remove it`,
      )
    for (const text of lines) file.#add(text)
    // After a torn line the next one begins anew.
    if (text !== '' && !text.endsWith('\n')) await appendFile(path, '\n')
    return file
  }

  #add(text: string): void {
    try {
      const { data } = line.safeParse(JSON.parse(text))
      if (data) this.#lines.set(venueDayKey(data), data)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
  }

  /** What was noted for the venue-day with this manifest. */
  find(day: VenueDay, generation: string): ValidatedDay | undefined {
    const found = this.#lines.get(venueDayKey(day))
    return found?.generation === generation ? { ...found, findings: [] } : undefined
  }

  /** Notes a venue-day without findings. */
  async note({ findings: _, status, ...day }: ValidatedDay, generation: string): Promise<void> {
    if (status === undefined) return
    const { venue, date, files, bytes, rows } = day
    const noted: Line = { venue, date, generation, files, bytes, rows, status }
    await appendFile(this.#path, `${JSON.stringify(noted)}\n`)
  }
}
