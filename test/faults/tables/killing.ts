import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openFolderBucket } from '../../../functions/storage/folder/folder-bucket.ts'
import { manifestOf, record } from '../../iceberg/lake.ts'
import { Chance } from '../model/chance.ts'
import { readTable } from './reader.ts'

const COMMAND = fileURLToPath(new URL('../../../functions/local/tick-handler.ts', import.meta.url))
const DAYS = 40
const SYMBOLS = Array.from({ length: 30 }, (_, at) => `S${at}`)

export interface RefreshKills {
  readonly kills: number
  /** Refreshes that came to their end after that, each compared. */
  readonly completed: number
  /** After how many kills each the table was one that engines can read. */
  readonly tablesRead: number
}

/**
 * Runs `table refresh` on a folder, kills it at a random moment, looks whether the table is whole, and runs it again until
 * one comes to its end; then every venue-day is compared, all of them change, and it goes on. Throws what does not hold.
 */
export async function killRefreshes(times: number, seed: number): Promise<RefreshKills> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'tables-killed-')))
  const chance = new Chance(seed)
  const end = { kills: 0, completed: 0, tablesRead: 0 }
  try {
    const startMs = await timeOfHelp(folder)
    for (let round = 1; end.kills < times; round += 1) {
      await recordAll(folder, round)
      let workMs = 400
      for (;;) {
        const isLast = end.kills >= times
        const killed = await refresh(folder, isLast ? undefined : startMs + chance.next() * workMs)
        if (look(folder, round)) end.tablesRead += 1
        if (!killed) break
        end.kills += 1
        workMs *= 1.05
      }
      compare(folder, round)
      end.completed += 1
    }
    return end
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function dateOf(at: number): string {
  return new Date(Date.UTC(2024, 0, 1 + at)).toISOString().slice(0, 10)
}

async function recordAll(folder: string, rows: number): Promise<void> {
  const bucket = await openFolderBucket({ folder })
  for (let at = 0; at < DAYS; at += 1) {
    const stored = [
      { symbols: SYMBOLS, rows },
      { dataType: 'quotes', symbols: ['S0'], rows },
    ]
    await record(bucket, manifestOf({ venue: 'binance', date: dateOf(at) }, stored))
  }
  await bucket.close()
}

/** What a process takes before it begins to work. */
async function timeOfHelp(folder: string): Promise<number> {
  const startedMs = performance.now()
  await once(spawn(process.execPath, [COMMAND, 'table', '--help'], { cwd: folder, stdio: 'ignore' }), 'close')
  return (performance.now() - startedMs) * 0.8
}

/** @returns whether it was killed */
async function refresh(folder: string, killAfterMs: number | undefined): Promise<boolean> {
  const child = spawn(process.execPath, [COMMAND, 'table', 'refresh', folder, '--quiet'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const closed = once(child, 'close')
  if (killAfterMs !== undefined) {
    await Promise.race([pause(killAfterMs), closed])
    child.kill('SIGKILL')
  }
  const [code, signal] = await closed
  assert.ok(code === 0 || signal === 'SIGKILL', `table refresh ended with ${code}: ${stderr}`)
  return signal === 'SIGKILL'
}

/** @returns whether there is a table. Each venue-day in it is of this round or the one before, in all its files. */
function look(folder: string, round: number): boolean {
  const contents = contentsOf(folder)
  const tables = ['trades', 'quotes'].map(dataType => readTable(contents, dataType, `${folder}/`))
  for (const table of tables) {
    for (const [day, files] of table?.days ?? []) {
      const rows = new Set(files.values())
      assert.equal(rows.size, 1, `${day} is a mixture of ${[...rows]}`)
      assert.ok(
        [round, round - 1].includes([...rows][0]!),
        `${day} is of round ${[...rows]}, expected ${round} or before`,
      )
    }
  }
  return tables.some(table => table !== undefined)
}

function compare(folder: string, round: number): void {
  const contents = contentsOf(folder)
  for (const [dataType, files] of [
    ['trades', SYMBOLS.length],
    ['quotes', 1],
  ] as const) {
    const table = readTable(contents, dataType, `${folder}/`)!
    assert.equal(table.days.size, DAYS)
    for (const shown of table.days.values()) assert.deepEqual([...shown.values()], Array(files).fill(round))
  }
  assert.deepEqual(
    [...contents.keys()].filter(name => name.includes('_queue')),
    [],
  )
}

/** The tables' objects. */
function contentsOf(folder: string): Map<string, Uint8Array> {
  const names = readdirSync(join(folder, '_iceberg'), { recursive: true, encoding: 'utf8' })
  const isFile = (name: string) => /\.(json|avro|text)$/.test(name)
  return new Map(names.filter(isFile).map(name => [`_iceberg/${name}`, readFileSync(join(folder, '_iceberg', name))]))
}
