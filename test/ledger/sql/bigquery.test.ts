import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const LEDGER = join(import.meta.dirname, '../../../functions/ledger')
const read = (name: string) => readFileSync(join(LEDGER, name), 'utf8')

/** No BigQuery runs here, so its views are held to DuckDB's, which are tested on data. */
describe('the views of BigQuery over manifests', () => {
  const [bigQuery, duckDb] = [read('sql/bigquery.sql'), read('sql/duckdb.sql')]

  it('are those of DuckDB, with the same columns', () => {
    const views = viewsOf(bigQuery)
    const expected = viewsOf(duckDb)
    for (const name of ['tick_completeness', 'tick_condition', 'tick_gaps', 'tick_findings']) {
      assert.deepEqual(columnsOf(views.get(name)!), columnsOf(expected.get(name)!), name)
    }
  })

  it('use fields of the manifest only', () => {
    const known = new Set([...read('schemas/manifest.schema.json').matchAll(/"(\w+)": \{/g)].map(([, name]) => name!))
    const used = [...bigQuery.matchAll(/\b(?:item|quality|latency|counts|totals|gap|one)\.`?(\w+)/g)].map(
      ([, name]) => name!,
    )
    assert.ok(used.length > 30)
    assert.deepEqual(
      used.filter(name => !known.has(name)),
      [],
    )
  })
})

/** The text of each view by its name. */
function viewsOf(sql: string): Map<string, string> {
  const views = sql.split(/^CREATE OR REPLACE VIEW /m).slice(1)
  return new Map(views.map(view => [/^(?:DATASET\.)?(\w+) AS/.exec(view)![1]!, view]))
}

/** The names of the columns of the outermost SELECT, which stands at the beginning of a line. */
function columnsOf(view: string): string[] {
  const select = view.slice(view.lastIndexOf('\nSELECT ') + 8)
  const [list] = select.split(/\nFROM /)
  return splitOutside(list!.replaceAll(/[`"]/g, '')).map(column => /(\w+)\s*$/.exec(column)![1]!)
}

/** Splits at the commas that stand outside of all brackets. */
function splitOutside(list: string): string[] {
  const parts = ['']
  let depth = 0
  for (const letter of list) {
    if ('([{'.includes(letter)) depth += 1
    if (')]}'.includes(letter)) depth -= 1
    if (letter === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += letter
  }
  return parts
}
