import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Value } from '../support/csv-oracle.ts'
import { hyparquetColumns, hyparquetMetadata } from '../support/readers/hyparquet.ts'
import type { Column, Engine, Source, Where } from './engine.ts'
import { matching, rowsOf, summaryOf, type Values } from './rows.ts'

const PACKAGE = new URL('../package.json', import.meta.resolve('hyparquet'))
const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }

/** hyparquet of node_modules. It reads columns, and what is added up is added up here. */
export function hyparquetEngine(): Engine {
  const read = async (source: Source, columns: readonly Column[], where: Where): Promise<Values> => {
    const values: Value[][] = columns.map(() => [])
    if (!('files' in source)) throw new Error('hyparquet reads files, not tables')
    for (const path of source.files) {
      const parquet = await readFile(path)
      if (hyparquetMetadata(parquet).num_rows === 0n) continue
      const found = await hyparquetColumns(parquet)
      for (const [c, { name }] of columns.entries()) for (const value of found.get(name)!) values[c]!.push(value)
    }
    return matching(values, columns, where)
  }
  return {
    version,
    rows: async (source, columns, where) => rowsOf(await read(source, columns, where)),
    summary: async (source, columns, where) => summaryOf(await read(source, columns, where), columns),
    [Symbol.asyncDispose]: async () => {},
  }
}
