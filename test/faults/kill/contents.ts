import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Manifest } from '../../../functions/ledger/manifest.ts'
import type { Receipt } from '../../../functions/ledger/receipt.ts'

/**
 * All objects of a folder, by name, as far as they are functions of what the vendor serves and of what was asked for.
 *
 * Compared byte for byte: every Parquet object, and every plan. Of manifests and receipts all but `generation` (the bucket
 * gives each write a number of its own), `seconds` (time measured), and a receipt's `work` and `handedOn` (how many
 * deliveries there were, and what they took). Each object's place and the set of all names are compared too.
 */
export async function contentsOf(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const names = entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
  const contents = new Map<string, string>()
  for (const name of names.filter(one => !one.startsWith('.tick-handler/')).sort()) {
    const data = await readFile(join(folder, name))
    contents.set(name, comparable(name, data))
  }
  return contents
}

function comparable(name: string, data: Buffer): string {
  if (name.endsWith('/manifest.json')) {
    const { totals, items, ...rest } = JSON.parse(String(data)) as Manifest
    return JSON.stringify({
      ...rest,
      totals: { ...totals, seconds: 0 },
      items: items.map(({ generation: _, ...item }) => item),
    })
  }
  if (name.includes('/receipts/')) {
    const { work: _, handedOn: __, results, ...rest } = JSON.parse(String(data)) as Receipt
    return JSON.stringify({ ...rest, results: results.map(result => ({ ...result, seconds: 0, generation: '' })) })
  }
  return createHash('sha256').update(data).digest('hex')
}
