import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { globSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { DATE, startDownload, startVendor, VENUE, type VendorProcess } from '../kill/download.ts'
import { Chance } from '../model/chance.ts'
import { lookAtFiles, lookAtTable, readVersion, type Version } from './folder-reader.ts'

const COMMAND = fileURLToPath(new URL('../../../functions/local/tick-handler.ts', import.meta.url))
const PLAN = `_ledger/venue=${VENUE}/date=${DATE}/plan.json`
const ROWS = [400, 450] as const
const POLL_MS = 1

const count = (pattern: string, folder: string) => globSync(pattern, { cwd: folder }).length
const inodes = (folder: string) =>
  new Map(
    globSync('ticks/**/*.parquet', { cwd: folder }).map(name => [
      name,
      statSync(join(folder, name), { throwIfNoEntry: false })?.ino,
    ]),
  )

/** What a forced download does where there are tables, in this order. Each tells from now on how often it was done. */
const STEPS = {
  copy: (folder: string) => {
    const before = count('_iceberg/*/data/**/*.parquet', folder)
    return () => count('_iceberg/*/data/**/*.parquet', folder) - before
  },
  commit: (folder: string) => {
    const before = count('_iceberg/*/metadata/v*.metadata.json', folder)
    return () => count('_iceberg/*/metadata/v*.metadata.json', folder) - before
  },
  replace: (folder: string) => {
    const before = inodes(folder)
    return () => [...inodes(folder)].filter(([name, inode]) => before.get(name) !== inode).length
  },
}
type Step = keyof typeof STEPS
const STEP_NAMES = Object.keys(STEPS) as Step[]
/** A process is killed when the step was done so often, at most. */
const MAX_DONE = { copy: 6, commit: 4, replace: 6 } as const

export interface ForcedKills {
  readonly kills: number
  /** After which step a process was killed, how often. */
  readonly after: Readonly<Record<Step, number>>
  /** Kills that left some objects replaced and others not. */
  readonly halfReplaced: number
  /** Downloads that were brought to their end after kills, each followed by a refresh, and compared. */
  readonly completed: number
}

/**
 * Downloads a venue-day and makes tables of it. Then forces it again and again, each time from a vendor with other data,
 * kills the process after a step that chance decides, and looks at the folder as readers do. Then it starts the download
 * again, with `--force` or without, up to its end. Throws what does not hold.
 */
export async function killForcedDownloads(times: number, seed: number): Promise<ForcedKills> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'forced-killed-')))
  const vendors = await Promise.all(ROWS.map(startVendor))
  try {
    const versions: Version[] = []
    for (const vendor of vendors) versions.push(await undisturbed(vendor))
    const run = new Run(folder, versions, new Chance(seed))
    await run.begin(vendors[0]!)
    for (let current = 0; run.end.kills < times; ) current = await run.round(current, vendors)
    return run.end
  } finally {
    await Promise.all(vendors.map(vendor => vendor.close()))
    await rm(folder, { recursive: true, force: true })
  }
}

async function undisturbed(vendor: VendorProcess): Promise<Version> {
  const folder = await mkdtemp(join(tmpdir(), 'forced-undisturbed-'))
  try {
    await toEnd(folder, vendor)
    return readVersion(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function toEnd(folder: string, vendor: VendorProcess, args: readonly string[] = []): Promise<void> {
  const { code, output } = await startDownload(folder, vendor, { args }).ended
  assert.equal(code, 0, output)
}

class Run {
  readonly end = { kills: 0, after: { copy: 0, commit: 0, replace: 0 }, halfReplaced: 0, completed: 0 }
  readonly #folder: string
  readonly #versions: readonly Version[]
  readonly #chance: Chance
  readonly #dataTypes: readonly string[]

  constructor(folder: string, versions: readonly Version[], chance: Chance) {
    this.#folder = folder
    this.#versions = versions
    this.#chance = chance
    const withRows = [...versions[0]!].filter(([, { rows }]) => rows > 0)
    this.#dataTypes = [...new Set(withRows.map(([name]) => /data_type=([^/]*)/.exec(name)![1]!))]
  }

  async begin(vendor: VendorProcess): Promise<void> {
    await toEnd(this.#folder, vendor)
    await this.#table('refresh')
    this.#look({ files: 0, tables: 0 })
  }

  /** @returns the version that is stored at the end */
  async round(current: number, vendors: readonly VendorProcess[]): Promise<number> {
    const next = 1 - current
    const planBefore = readFileSync(join(this.#folder, PLAN), 'utf8')
    do {
      if (!(await this.#forceAndKill(vendors[next]!))) break
      this.#look({})
    } while (this.#chance.next() < 0.3)
    const isGrown = readFileSync(join(this.#folder, PLAN), 'utf8') !== planBefore
    const forces = this.#chance.next() < 0.5
    await toEnd(this.#folder, vendors[next]!, forces ? ['--force'] : [])
    const stored = forces || isGrown ? next : current
    this.#look({ files: stored })
    await this.#table('refresh')
    this.#look({ files: stored, tables: stored })
    await this.#table('verify')
    this.end.completed += 1
    return stored
  }

  /** @returns false where the download was done before */
  async #forceAndKill(vendor: VendorProcess): Promise<boolean> {
    const step = this.#chance.pick(STEP_NAMES)
    const atLeast = 1 + this.#chance.below(MAX_DONE[step])
    const done = STEPS[step](this.#folder)
    const { child, ended } = startDownload(this.#folder, vendor, { args: ['--force'] })
    while (child.exitCode === null && done() < atLeast) await pause(POLL_MS)
    child.kill('SIGKILL')
    const { code, signal, output } = await ended
    if (signal === 'SIGKILL') {
      this.end.kills += 1
      this.end.after[step] += 1
      return true
    }
    assert.equal(code, 0, output)
    return false
  }

  /** Each item is there once for a glob, and each table shows one version, which is `tables` where that is given. */
  #look({ files, tables }: { files?: number; tables?: number }): void {
    const found = lookAtFiles(this.#folder, this.#versions)
    if (found.every((items, at) => items < this.#versions[at]!.size)) this.end.halfReplaced += 1
    if (files !== undefined) assert.equal(found[files], this.#versions[files]!.size, `not all are of version ${files}`)
    for (const dataType of this.#dataTypes) {
      const shown = lookAtTable(this.#folder, dataType, this.#versions)
      assert.ok(shown.length > 0, `the table ${dataType} is empty`)
      if (tables !== undefined) assert.ok(shown.includes(tables), `the table ${dataType} shows version ${shown}`)
    }
  }

  async #table(action: 'refresh' | 'verify'): Promise<void> {
    await promisify(execFile)(process.execPath, [COMMAND, 'table', action, this.#folder, '--quiet'])
  }
}
