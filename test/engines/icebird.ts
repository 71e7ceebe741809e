import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Value } from '../support/csv-oracle.ts'
import type { Column, Engine, Source, Where } from './engine.ts'
import { icebirdPackage } from './icebird-package.ts'
import { matching, rowsOf, summaryOf, type Values } from './rows.ts'

const FOLDER = join(import.meta.dirname, '../../node_modules/.cache/icebird')

/** As much of it as is called here. */
interface Icebird {
  icebergMetadata(options: { tableUrl: string }): Promise<Metadata>
  icebergRead(options: { tableUrl: string; metadata: Metadata }): Promise<Record<string, unknown>[]>
}

interface Metadata {
  readonly 'current-snapshot-id': number
  readonly 'current-schema-id': number
  readonly snapshots: readonly { readonly 'snapshot-id': number; readonly 'schema-id': number }[]
}

/** Why icebird cannot run here. */
export async function withoutIcebird(): Promise<string | undefined> {
  const found = await icebirdPackage(FOLDER)
  return 'unavailable' in found ? found.unavailable : undefined
}

/**
 * icebird of npm. It reads a whole table, and what is filtered or added up is done here. It has no parameter for a snapshot:
 * it takes the metadata document, in which the snapshot is made the current one.
 */
export async function icebirdEngine(): Promise<Engine> {
  const found = await icebirdPackage(FOLDER)
  if ('unavailable' in found) throw new Error(found.unavailable)
  const icebird = (await import(found.module)) as Icebird
  const fetchBefore = globalThis.fetch
  globalThis.fetch = fetchingPaths(fetchBefore)
  const read = async (source: Source, columns: readonly Column[], where: Where): Promise<Values> => {
    if (!('table' in source)) throw new Error('icebird reads tables, not files')
    const metadata = await icebird.icebergMetadata({ tableUrl: source.table })
    const { snapshot } = source
    const at = snapshot === undefined ? metadata : metadataAt(metadata, snapshot)
    const rows = await icebird.icebergRead({ tableUrl: source.table, metadata: at })
    return matching(
      columns.map(({ name }) => rows.map(row => cell(row[name]))),
      columns,
      where,
    )
  }
  return {
    version: found.version,
    unitMicros: 1000,
    rows: async (source, columns, where) => rowsOf(await read(source, columns, where)),
    summary: async (source, columns, where) => summaryOf(await read(source, columns, where), columns),
    [Symbol.asyncDispose]: async () => {
      globalThis.fetch = fetchBefore
    },
  }
}

function metadataAt(metadata: Metadata, snapshotId: number): Metadata {
  const snapshot = metadata.snapshots.find(candidate => candidate['snapshot-id'] === snapshotId)
  return {
    ...metadata,
    'current-snapshot-id': snapshotId,
    ...(snapshot && { 'current-schema-id': snapshot['schema-id'] }),
  }
}

/** A time is a Date, which has no microseconds. */
function cell(value: unknown): Value {
  return value instanceof Date ? BigInt(value.getTime()) * 1000n : ((value ?? null) as Value)
}

/** icebird opens everything with `fetch`, and a table in a folder names plain paths. */
function fetchingPaths(usual: typeof fetch): typeof fetch {
  return async (input, init) => {
    if (typeof input !== 'string' || !input.startsWith('/')) return usual(input, init)
    const data = await readFile(input).catch(() => undefined)
    if (!data) return new Response(null, { status: 404, statusText: `${input} is not there` })
    const range = /^bytes=(\d+)-(\d*)$/.exec(new Headers(init?.headers).get('range') ?? '')
    if (!range) return new Response(Uint8Array.from(data))
    const end = range[2] === '' ? data.length : Number(range[2]) + 1
    return new Response(Uint8Array.from(data.subarray(Number(range[1]), end)), { status: 206 })
  }
}
