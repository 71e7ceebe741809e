import assert from 'node:assert/strict'
import { documentedColumns, readText } from '../support/csv-oracle.ts'
import type { Column, Engine, Rows, Source, Summary, Where } from './engine.ts'
import { PythonProcess } from './python-process.ts'

/** Sums of doubles in another order differ by a part of the sum of their sizes. */
const MAX_SUM_ERROR = 1e-12

export type Expected = Rows & {
  readonly columns: Readonly<Record<string, Summary['columns'][string] & { size?: number }>>
}

/** What datasets hold, as `python/oracle.py` reads them from the vendor. Each question is answered once. */
export class Oracle implements AsyncDisposable {
  readonly #process: PythonProcess
  readonly #known = new Map<string, Promise<Expected>>()

  constructor(python: string) {
    this.#process = new PythonProcess(python, 'oracle')
  }

  version = async () => (await this.#process.response<{ version: string }>()).version

  rows(urls: readonly string[], columns: readonly Column[], where: Where = []): Promise<Expected> {
    const key = JSON.stringify([urls, columns, where])
    const known = this.#known.get(key) ?? this.#process.call<Expected>('rows', { urls, columns, where })
    this.#known.set(key, known)
    return known
  }

  /** Forgets all answers: the vendor has other data. */
  forget(): void {
    this.#known.clear()
  }

  [Symbol.asyncDispose] = () => this.#process[Symbol.asyncDispose]()
}

/** The columns that the vendor documents for a data type. */
export function columnsOf(dataType: string): Column[] {
  const header = [...documentedColumns(dataType).keys()].join()
  return readText(`${header}\n`, dataType).columns.map(({ header, name, type }) => ({ header, name, type }))
}

/** The same columns as an engine gives them: with its times. */
export function columnsAs({ unitMicros }: Engine, columns: readonly Column[]): readonly Column[] {
  if (unitMicros === undefined) return columns
  return columns.map(column => (column.type.startsWith('TIMESTAMP') ? { ...column, unitMicros } : column))
}

/** Compares every value, and what the engine adds up itself. @returns the number of rows */
export async function assertReads(
  { engine, source, where = [] }: { engine: Engine; source: Source; where?: Where },
  columns: readonly Column[],
  expected: Expected,
): Promise<number> {
  const { rows, digest, columns: summaries } = expected
  assert.deepEqual(await engine.rows(source, columns, where), { rows, digest })
  const found = await engine.summary(source, columns, where)
  assert.equal(found.rows, rows)
  for (const [name, { size = 0, sum, ...exact }] of Object.entries(summaries)) {
    const { sum: foundSum, ...rest } = found.columns[name]!
    assert.deepEqual(rest, exact, name)
    if (sum === undefined) continue
    const isNear = foundSum !== undefined && Math.abs(foundSum - sum) <= MAX_SUM_ERROR * size
    assert.ok(isNear, `${name}: found the sum ${foundSum}, expected ${sum}`)
  }
  return rows
}
