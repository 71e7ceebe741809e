import { DuckDBInstance } from '@duckdb/node-api'
import { runEngine } from './engine.mjs'

/** DuckDB's COPY, as its documentation has it: types inferred, ZSTD at its default level. */
await runEngine(async (path, _dataType, out) => {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  await connection.run(`COPY (FROM read_csv('${path}', header = true)) TO '${out}' (FORMAT parquet, COMPRESSION zstd)`)
  connection.closeSync()
  instance.closeSync()
})
