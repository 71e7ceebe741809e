import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { refreshTables } from '../../functions/iceberg/refresh.ts'
import type { VenueDay } from '../../functions/market/items.ts'
import type { Bucket } from '../../functions/storage/bucket.ts'
import { openFolderBucket } from '../../functions/storage/folder/folder-bucket.ts'
import { columns } from '../faults/report.ts'
import { lakeOf, manifestOf, record } from '../iceberg/lake.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'

/**
 * What a refresh of the tables takes: the first build over 1, 100 and 18,000 venue-days (ten venues in five years) of five
 * files each, then the daily refresh of ten venue-days of 1,500 files in that history, in a bucket in memory, without
 * latency. Then the most memory of a process that refreshes a folder.
 */
const VENUES = 10
const FILES = 5
const FILES_OF_LARGE_DAY = 1_500

interface Figures {
  readonly what: string
  readonly seconds: number
  readonly entries: number
  readonly requests: number
  readonly reads: number
}

function dayOf(at: number): VenueDay {
  const date = new Date(Date.UTC(2020, 0, 1 + Math.floor(at / VENUES))).toISOString().slice(0, 10)
  return { venue: `venue-${at % VENUES}`, date }
}

async function fill(bucket: Bucket, from: number, to: number, files: number): Promise<void> {
  const symbols = Array.from({ length: files }, (_, at) => `COIN${at}USDT`)
  for (let at = from; at < to; at += 1) await record(bucket, manifestOf(dayOf(at), [{ symbols, rows: 1_000 + at }]))
}

async function measure(what: string, bucket: MemoryBucket): Promise<Figures> {
  let [requests, reads] = [0, 0]
  bucket.hook = ({ operation, when }) => {
    if (when !== 'after') return
    requests += 1
    if (operation === 'read') reads += 1
  }
  const cpu = process.cpuUsage()
  const { entries } = await refreshTables(lakeOf(bucket))
  const { user, system } = process.cpuUsage(cpu)
  bucket.hook = undefined
  return { what, seconds: (user + system) / 1e6, entries, requests, reads }
}

function metadataBytes(bucket: MemoryBucket): string {
  const current = [...bucket.contents()].filter(([name]) => /\/(?:v\d+\.metadata\.json|snap-.*)$/.test(name))
  const last = (part: string) => current.filter(([name]) => name.includes(part)).at(-1)?.[1].length ?? 0
  const newest = Math.max(...current.map(([name]) => Number(/\/v(\d+)\./.exec(name)?.[1] ?? 0)))
  const sizes = [last(`/v${newest}.`), last(`/snap-${newest}-`)]
  return `${sizes[0]} + ${sizes[1]}`
}

const rows = [['refresh', 'CPU s', 'entries', 'entries/s', 'requests', 'reads', 'metadata + list bytes']]
const add = ({ what, seconds, entries, requests, reads }: Figures, bucket: MemoryBucket) =>
  rows.push([
    ...[what, seconds.toFixed(2), `${entries}`, `${Math.round(entries / seconds)}`],
    ...[`${requests}`, `${reads}`, metadataBytes(bucket)],
  ])
let bucket = new MemoryBucket()
for (const days of [1, 100, 18_000]) {
  bucket = new MemoryBucket()
  await fill(bucket, 0, days, FILES)
  add(await measure(`first build, ${days} venue-days of ${FILES} files`, bucket), bucket)
}
await fill(bucket, 18_000, 18_001, FILES)
add(await measure('then 1 venue-day more', bucket), bucket)
await fill(bucket, 18_010, 18_010 + VENUES, FILES_OF_LARGE_DAY)
add(await measure(`then ${VENUES} venue-days of ${FILES_OF_LARGE_DAY} files`, bucket), bucket)
console.log(columns(rows))

const COMMAND = fileURLToPath(new URL('../../functions/local/tick-handler.ts', import.meta.url))
/** Of this process alone: `resourceUsage` counts what its parent had before. https://man7.org/linux/man-pages/man5/proc.5.html */
const SAYS_MEMORY = `data:text/javascript,import {readFileSync} from "node:fs";
process.on("exit",()=>console.error(/VmHWM:\\s+(\\d+)/.exec(readFileSync("/proc/self/status","utf8"))[1]))`

/** @returns the most memory of the process, in bytes */
async function refreshFolder(folder: string): Promise<number> {
  const args = ['--import', SAYS_MEMORY, COMMAND, 'table', 'refresh', folder, '--quiet']
  const { stderr } = await promisify(execFile)(process.execPath, args)
  return Number(stderr.trim().split('\n').at(-1)) * 1024
}

const folder = await mkdtemp(join(tmpdir(), 'bench-tables-'))
try {
  const store = async (from: number, to: number, files: number) => {
    const opened = await openFolderBucket({ folder })
    await fill(opened, from, to, files)
    await opened.close()
  }
  const history = 1_000
  await store(0, history, FILES)
  const mega = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`
  console.log(
    `\npeak of a process: first build of ${history} venue-days of ${FILES} files: ${mega(await refreshFolder(folder))}`,
  )
  await store(history, history + VENUES, FILES_OF_LARGE_DAY)
  console.log(`then ${VENUES} venue-days of ${FILES_OF_LARGE_DAY} files: ${mega(await refreshFolder(folder))}`)
  console.log(`nothing to do: ${mega(await refreshFolder(folder))}`)
} finally {
  await rm(folder, { recursive: true })
}
