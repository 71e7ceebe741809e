import polars from 'nodejs-polars'
import { runEngine } from './engine.mjs'

/** Polars' streaming sink, as its documentation has it: types inferred, ZSTD at its default level. */
await runEngine(async (path, _dataType, out) => {
  await polars.scanCSV(path, {}).sinkParquet(out, { compression: 'zstd' }).collect()
})
