import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import type { Manifest } from '../../functions/ledger/manifest.ts'
import { compareItems } from '../../functions/market/items.ts'
import type { FaultCase, Outcome } from './cases/fault-case.ts'
import { DAY, KEY, marketFiles } from './market.ts'
import { Rig } from './rig.ts'

/** What came of a case: as the table shows it. */
export interface CaseEnd {
  readonly fired: number
  readonly outcome: string
  readonly healed: string
  readonly seconds: number
  readonly error?: unknown
}

const FILES = marketFiles()

/** What the data objects and the manifest are where nothing goes wrong. */
interface Undisturbed {
  readonly objects: ReadonlyMap<string, Buffer>
  readonly manifest: string
}

let undisturbed: Promise<Undisturbed> | undefined

async function runUndisturbed(): Promise<Undisturbed> {
  const rig = await Rig.start(FILES)
  try {
    rig.bePatient()
    await rig.run()
    const manifest = await manifestOf(rig)
    assert.equal(manifest?.status, 'complete')
    return { objects: await dataOf(rig), manifest: comparable(manifest) }
  } finally {
    await rig.close()
  }
}

/** Plants the fault, lets all come of it, looks at the bucket, takes the fault away, and looks whether all comes right. */
export async function runCase(one: FaultCase): Promise<CaseEnd> {
  const startedMs = performance.now()
  undisturbed ??= runUndisturbed()
  const expected = await undisturbed
  const rig = await Rig.start(FILES)
  let planted = { fired: 0 }
  let outcome = ''
  let healed = ''
  let error: unknown
  try {
    planted = await one.plant(rig)
    await (one.run ? one.run(rig) : rig.run())
    outcome = shown(await look(rig))
    assert.ok(planted.fired >= (one.minFired ?? 1), `fired ${planted.fired} times`)
    await check(rig, one, expected)
    await rig.heal()
    await rig.run(one.healedBy === 'force' ? { force: true } : {})
    healed = shown(await look(rig))
    if (!one.otherData) await checkHealed(rig, expected)
    await checkNoKey(rig)
  } catch (caught) {
    error = caught
  } finally {
    await rig.close()
  }
  const seconds = (performance.now() - startedMs) / 1000
  return { fired: planted.fired, outcome, healed, seconds, ...(error !== undefined && { error }) }
}

type Found = Required<Omit<Outcome, 'mentions'>> & { readonly deadLetters: number }

/** The outcome as it is. */
async function look(rig: Rig): Promise<Found> {
  const manifest = await manifestOf(rig)
  const items = manifest?.items.filter(item => item.status !== 'stored') ?? []
  return {
    day: manifest?.status ?? 'none',
    items: Object.fromEntries(items.map(item => [item.symbol, item.status])),
    deadLetters: rig.deadLetters.length,
    rejected: (await names(rig)).filter(name => name.startsWith('_ledger/rejected/')).length,
  }
}

function shown({ day, items, deadLetters, rejected }: Found): string {
  const parts = [
    ...Object.entries(items).map(([symbol, status]) => `${JSON.stringify(symbol).slice(1, -1).slice(0, 12)} ${status}`),
    ...(deadLetters > 0 ? [`${deadLetters} dead-lettered`] : []),
    ...(rejected > 0 ? [`${rejected} rejected`] : []),
  ]
  return [day === 'none' ? 'no manifest' : day, ...parts].join(', ')
}

async function check(rig: Rig, one: FaultCase, expected: Undisturbed): Promise<void> {
  const { mentions, ...outcome } = one.outcome ?? {}
  const found = await look(rig)
  if (outcome.deadLetters === 'some') assert.ok(found.deadLetters > 0)
  const deadLetters = outcome.deadLetters === 'some' ? found.deadLetters : (outcome.deadLetters ?? 0)
  assert.deepEqual(found, { day: 'complete', items: {}, rejected: 0, ...outcome, deadLetters })
  if (mentions)
    assert.match(
      `${inspect(await manifestOf(rig), { depth: 6 })}${inspect(rig.deadLetters)}${rig.log.soFar()}`,
      mentions,
    )
  await checkTrue(rig)
  await checkObjects(rig, one, expected)
}

/** All that the manifest says is so. */
export async function checkTrue(rig: Rig): Promise<void> {
  const manifest = await manifestOf(rig)
  for (const item of manifest?.items ?? []) {
    if (item.status !== 'stored' && item.status !== 'empty') continue
    const found = await rig.truth.stat(item.object!)
    const { generation, bytes, crc32c } = item
    assert.deepEqual(
      { generation, bytes, crc32c },
      found && { generation: found.generation, bytes: found.bytes, crc32c: found.crc32c },
    )
  }
}

/** Nothing is where nothing belongs; every data object is whole, the one of an undisturbed run; what is stored is there. */
async function checkObjects(rig: Rig, one: FaultCase, expected: Undisturbed): Promise<void> {
  const day = `_ledger/venue=${DAY.venue}/date=${DAY.date}/`
  for (const name of await names(rig)) {
    const known =
      name.startsWith('ticks/data_type=trades/venue=binance/date=2024-08-08/') ||
      name.startsWith('_ledger/rejected/') ||
      name === '_ledger/vendor/block.json' ||
      name === '_iceberg/_queue/venue=binance/date=2024-08-08.json'
    assert.ok(
      known || /^(plan\.json|manifest\.json|receipts\/[0-9a-f]+\/\d+\.json)$/.test(name.slice(day.length)),
      name,
    )
  }
  if (one.otherData) return
  for (const [name, data] of await dataOf(rig)) assert.ok(expected.objects.get(name)?.equals(data), `${name} differs`)
}

async function checkHealed(rig: Rig, expected: Undisturbed): Promise<void> {
  const manifest = await manifestOf(rig)
  assert.equal(manifest?.status, 'complete')
  assert.equal(comparable(manifest), expected.manifest)
  await checkTrue(rig)
  const objects = await dataOf(rig)
  assert.deepEqual([...objects.keys()], [...expected.objects.keys()])
  for (const [name, data] of objects) assert.ok(expected.objects.get(name)!.equals(data), `${name} differs`)
}

/** The API key is in no file of the bucket, in no error, and in nothing that was logged at any level. */
async function checkNoKey(rig: Rig): Promise<void> {
  const forms = [KEY, encodeURIComponent(KEY), Buffer.from(KEY).toString('base64')]
  const has = (text: string) => forms.some(form => text.includes(form))
  assert.ok(!has(await rig.log.text()), 'the key is in the log')
  const letters = rig.deadLetters.map(letter => inspect(letter.error, { depth: 12, showHidden: true }))
  assert.ok(!letters.some(has), 'the key is in an error')
  for (const entry of await readdir(rig.folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const text = await readFile(join(entry.parentPath, entry.name), 'latin1')
    assert.ok(!has(text), `the key is in ${entry.name}`)
  }
}

async function manifestOf(rig: Rig): Promise<Manifest | undefined> {
  return await rig.ledger().readManifest(DAY)
}

/** The manifest without what depends on the run: generations, seconds, and the plan's id, which depends on how the plan grew. */
function comparable(manifest: Manifest): string {
  const items = manifest.items.map(({ generation: _, ...item }) => item).sort(compareItems)
  return JSON.stringify({ ...manifest, plan: '', totals: { ...manifest.totals, seconds: 0 }, items })
}

async function names(rig: Rig): Promise<string[]> {
  const found: string[] = []
  for await (const { name } of rig.truth.list('')) found.push(name)
  return found
}

async function dataOf(rig: Rig): Promise<Map<string, Buffer>> {
  const data = new Map<string, Buffer>()
  for (const name of await names(rig)) {
    if (name.startsWith('ticks/')) data.set(name, Buffer.from((await rig.truth.read(name))!.data))
  }
  return data
}
