import { spawnSync } from 'node:child_process'
import type { Engine } from './engine.ts'
import { hyparquetEngine } from './hyparquet.ts'
import { icebirdEngine, withoutIcebird } from './icebird.ts'
import { PythonError, pythonEngine } from './python-process.ts'

export interface EngineEntry {
  /** `python`: of the prepared environment. Those in JavaScript need none. */
  readonly open: (python: string, under?: readonly string[]) => Promise<Engine>
  readonly isJavaScript?: boolean
  /** Why it cannot run here. */
  readonly unavailable?: () => string | undefined | Promise<string | undefined>
  /** Why it cannot run here, by an error of `open`; undefined for any other error. */
  readonly unreached?: (error: unknown) => string | undefined
}

const ofPython = (module: string): EngineEntry => ({ open: (python, under) => pythonEngine(python, module, under) })

export function withoutJava(): string | undefined {
  return spawnSync('java', ['-version']).status === 0 ? undefined : 'no java on the path, expected Java 17 or newer'
}

/** What Spark prints where it needs Iceberg's runtime and cannot reach Maven. One that Maven does not have is a failure. */
const MAVEN_UNREACHED = /Server access error at url (https:\/\/repo1\.maven\.org\/\S+) \((java\.[^)]*)\)/

/** @param printed by Spark when it failed to start */
export function withoutMaven(printed: string): string | undefined {
  const [, url, reason] = MAVEN_UNREACHED.exec(printed) ?? []
  return url && `Maven cannot be reached for Iceberg's runtime: ${url}: ${reason}`
}

/** Those that read Parquet files by their paths. */
export const FILE_ENGINES = {
  PyArrow: ofPython('pyarrow_'),
  DuckDB: ofPython('duckdb_'),
  Polars: ofPython('polars_'),
  ClickHouse: ofPython('chdb_'),
  Spark: {
    ...ofPython('spark_'),
    unavailable: withoutJava,
    unreached: error => (error instanceof PythonError ? withoutMaven(error.printed) : undefined),
  },
  hyparquet: { open: async () => hyparquetEngine(), isJavaScript: true },
} satisfies Readonly<Record<string, EngineEntry>>

const { DuckDB, Polars, ClickHouse, Spark } = FILE_ENGINES

/** Those that read Iceberg tables. */
export const TABLE_ENGINES = {
  ...{ PyIceberg: ofPython('pyiceberg_'), DuckDB, Polars, ClickHouse, Spark },
  icebird: { open: async () => icebirdEngine(), isJavaScript: true, unavailable: withoutIcebird },
} satisfies Readonly<Record<string, EngineEntry>>

const ENGINES = { ...FILE_ENGINES, ...TABLE_ENGINES }

export type EngineName = keyof typeof ENGINES

/**
 * A `describe` for each engine, in which it is open: `engine()` in a test is the open one, and its version is in `cells`.
 * Where an engine cannot run, its tests are skipped, and the reason is printed.
 */
export function eachEngine(
  engines: Readonly<Partial<Record<EngineName, EngineEntry>>>,
  cells: { version(engine: string, version: string): void },
  tests: (name: EngineName, engine: () => Engine) => void,
): void {
  for (const [name, entry] of Object.entries(engines) as [EngineName, EngineEntry][])
    describe(name, () => {
      let engine: Engine
      before(async function () {
        engine = await openEngine(this, name, entry)
        cells.version(name, engine.version)
      })
      after(() => engine?.[Symbol.asyncDispose]())
      tests(name, () => engine)
    })
}

/** Skips the test, and says so, where the engine cannot run. */
export async function openEngine(
  test: Mocha.Context,
  name: EngineName,
  entry: EngineEntry = ENGINES[name],
): Promise<Engine> {
  const python = entry.isJavaScript ? '' : pythonOf(test)
  const unavailable = await entry.unavailable?.()
  if (unavailable !== undefined) return skipLoudly(test, name, unavailable)
  try {
    return await entry.open(python)
  } catch (error) {
    const unreached = entry.unreached?.(error)
    if (unreached === undefined) throw error
    return skipLoudly(test, name, unreached)
  }
}

/** Skips the test with a reason that nobody overlooks. */
export function skipLoudly(test: Mocha.Context, name: string, reason: string): never {
  process.stderr.write(`\n  !! NOT TESTED: ${name}: ${reason}\n\n`)
  return test.skip()
}

/** The Python that `run.ts` has prepared. Skips the test where there is none, which `run.ts` has said. */
export function pythonOf(test: Mocha.Context): string {
  return process.env.ENGINES_PYTHON ?? test.skip()
}
