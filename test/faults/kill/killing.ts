import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Chance } from '../model/chance.ts'
import { contentsOf } from './contents.ts'
import { startDownload, startVendor, type VendorProcess } from './download.ts'
import { startReader } from './reader.ts'

export interface KillingOptions {
  readonly signal: 'SIGKILL' | 'SIGTERM'
  readonly times: number
  readonly seed: number
  /** Folders worked on side by side. */
  readonly atOnce?: number
  readonly rows?: number
}

export interface KillingEnd {
  readonly signals: number
  /** Venue-days brought to their end, each compared with the undisturbed one. */
  readonly completed: number
  /** The most signals that one venue-day met. */
  readonly maxInOne: number
  readonly polls: number
  readonly filesRead: number
  readonly manifestsRead: number
  /** From a SIGTERM to the end, the longest. */
  readonly longestEndMs: number
  /** How the signalled processes ended. */
  readonly codes: Readonly<Record<string, number>>
}

interface Undisturbed {
  readonly contents: Map<string, string>
  readonly startMs: number
  readonly workMs: number
}

/** Said when the folder is locked and the work begins. */
const BEGUN = 'downloading'

/**
 * Runs the download of one venue-day over and over, sends each process the signal at a random moment, and starts it again
 * until one is done before its signal; then that folder is compared, and the next is begun. Throws what does not hold.
 */
export async function killing(options: KillingOptions): Promise<KillingEnd> {
  const { times, seed, atOnce = 2, rows = 20_000 } = options
  const vendor = await startVendor(rows)
  try {
    await undisturbedRun(vendor)
    const undisturbed = await undisturbedRun(vendor)
    const end = {
      signals: 0,
      completed: 0,
      maxInOne: 0,
      polls: 0,
      filesRead: 0,
      manifestsRead: 0,
      longestEndMs: 0,
      codes: {} as Record<string, number>,
    }
    const chance = new Chance(seed)
    const worker = async () => {
      while (end.signals < times) await oneDay(vendor, undisturbed, chance, options, end)
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
    return end
  } finally {
    await vendor.close()
  }
}

async function undisturbedRun(vendor: VendorProcess): Promise<Undisturbed> {
  const folder = await mkdtemp(join(tmpdir(), 'undisturbed-'))
  try {
    const spawnedMs = performance.now()
    const download = startDownload(folder, vendor)
    await download.said(BEGUN)
    const begunMs = performance.now()
    const { code, output } = await download.ended
    assert.equal(code, 0, output)
    const contents = await contentsOf(folder)
    assert.ok(contents.size > 10)
    return { contents, startMs: begunMs - spawnedMs, workMs: performance.now() - begunMs }
  } finally {
    await rm(folder, { recursive: true })
  }
}

type Counted = { -readonly [K in keyof KillingEnd]: KillingEnd[K] } & { codes: Record<string, number> }

async function oneDay(
  vendor: VendorProcess,
  undisturbed: Undisturbed,
  chance: Chance,
  { signal, times }: KillingOptions,
  end: Counted,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'killed-'))
  const reader = startReader(folder)
  let met = 0
  try {
    for (;;) {
      const isLast = end.signals >= times
      const code = isLast
        ? await runToEnd(folder, vendor)
        : await runAndSignal(folder, vendor, undisturbed, chance, signal, end)
      if (code === 0) break
      met += 1
    }
    await reader.stop()
    assert.deepEqual(await contentsOf(folder), undisturbed.contents)
  } finally {
    await reader.stop().finally(() => rm(folder, { recursive: true }))
  }
  end.completed += 1
  end.maxInOne = Math.max(end.maxInOne, met)
  end.polls += reader.polls
  end.filesRead += reader.filesRead
  end.manifestsRead += reader.manifestsRead
}

async function runToEnd(folder: string, vendor: VendorProcess): Promise<number> {
  const { code, output } = await startDownload(folder, vendor).ended
  assert.equal(code, 0, output)
  return 0
}

/** Mostly while it works; now and then from its very start on. */
async function runAndSignal(
  folder: string,
  vendor: VendorProcess,
  { startMs, workMs }: Undisturbed,
  chance: Chance,
  signal: 'SIGKILL' | 'SIGTERM',
  end: Counted,
): Promise<number | null> {
  const download = startDownload(folder, vendor)
  const early = chance.next() < 0.1
  const delayMs = chance.next() * (early ? startMs : workMs)
  if (!early) await download.said(BEGUN)
  await Promise.race([pause(delayMs), download.ended])
  const signalledMs = performance.now()
  const sent = download.child.exitCode === null && download.child.kill(signal)
  const { code, signal: by, output } = await download.ended
  if (sent && code !== 0) {
    end.signals += 1
    const how = String(by ?? code)
    end.codes[how] = (end.codes[how] ?? 0) + 1
    end.longestEndMs = Math.max(end.longestEndMs, performance.now() - signalledMs)
  } else assert.equal(code, 0, output)
  return code
}
