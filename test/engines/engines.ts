import { spawnSync } from 'node:child_process'
import type { Engine } from './engine.ts'
import { hyparquetEngine } from './hyparquet.ts'
import { pythonEngine } from './python-process.ts'

interface EngineEntry {
  readonly open: (python: string, under?: readonly string[]) => Promise<Engine>
  /** Why it cannot run here. */
  readonly unavailable?: () => string | undefined
}

const ofPython = (module: string): EngineEntry => ({ open: (python, under) => pythonEngine(python, module, under) })

export function withoutJava(): string | undefined {
  return spawnSync('java', ['-version']).status === 0 ? undefined : 'no java on the path, expected Java 17 or newer'
}

/** Those that read Parquet files by their paths. */
export const FILE_ENGINES = {
  PyArrow: ofPython('pyarrow_'),
  DuckDB: ofPython('duckdb_'),
  Polars: ofPython('polars_'),
  ClickHouse: ofPython('chdb_'),
  Spark: { ...ofPython('spark_'), unavailable: withoutJava },
  hyparquet: { open: async () => hyparquetEngine() },
} satisfies Readonly<Record<string, EngineEntry>>

const { DuckDB, Polars, ClickHouse, Spark } = FILE_ENGINES

/** Those that read Iceberg tables. */
export const TABLE_ENGINES = {
  ...{ PyIceberg: ofPython('pyiceberg_'), DuckDB, Polars, ClickHouse, Spark },
} satisfies Readonly<Record<string, EngineEntry>>

const ENGINES = { ...FILE_ENGINES, ...TABLE_ENGINES }

export type EngineName = keyof typeof ENGINES

/** Skips the test, and says so, where the engine cannot run. */
export async function openEngine(test: Mocha.Context, name: EngineName): Promise<Engine> {
  const entry: EngineEntry = ENGINES[name]
  const unavailable = entry.unavailable?.()
  if (unavailable === undefined) return entry.open(pythonOf(test))
  process.stderr.write(`\n  !! NOT TESTED: ${name}: ${unavailable}\n\n`)
  return test.skip()
}

/** The Python that `run.ts` has prepared. Skips the test where there is none, which `run.ts` has said. */
export function pythonOf(test: Mocha.Context): string {
  return process.env.ENGINES_PYTHON ?? test.skip()
}
