import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { jsonSchemas } from './json-schemas.ts'

const LEDGER = join(import.meta.dirname, '../../functions/ledger')
type Schema = { properties?: Record<string, Schema>; items?: Schema; anyOf?: Schema[]; oneOf?: Schema[] }

describe('the JSON Schemas of the ledger', () => {
  it('are what the documents are checked with (npm run schemas writes them)', () => {
    assert.deepEqual(readdirSync(join(LEDGER, 'schemas')).sort(), [...jsonSchemas().keys()].sort())
    for (const [name, text] of jsonSchemas())
      assert.equal(readFileSync(join(LEDGER, 'schemas', name), 'utf8'), text, name)
  })

  it('take a document with fields of a newer release, and refuse one that lacks a field or has a wrong one', () => {
    const schema = z.fromJSONSchema(JSON.parse(jsonSchemas().get('plan.schema.json')!))
    const plan = {
      ...{ schemaVersion: 1, venue: 'deribit', date: '2024-08-01', plan: 'abcd', status: 'planned' },
      ...{ scope: { trades: 'all' }, batches: [], unlisted: [], incidents: [] },
    }
    assert.ok(schema.safeParse(plan).success)
    assert.ok(schema.safeParse({ ...plan, newer: { field: 1 } }).success)
    assert.ok(!schema.safeParse({ ...plan, status: 'done' }).success)
    const { scope: _, ...lacking } = plan
    assert.ok(!schema.safeParse(lacking).success)
  })

  it('have no field that the README does not explain', () => {
    const readme = readFileSync(join(LEDGER, 'README.md'), 'utf8')
    const explained = new Set([...readme.matchAll(/`([A-Za-z0-9]+)(?:\[\])?`/g)].map(match => match[1]!))
    for (const [file, text] of jsonSchemas()) {
      for (const name of fieldsOf(JSON.parse(text) as Schema)) assert.ok(explained.has(name), `${file}: ${name}`)
    }
  })
})

function fieldsOf({ properties = {}, items, anyOf = [], oneOf = [] }: Schema): string[] {
  const inner = [...Object.values(properties), ...(items ? [items] : []), ...anyOf, ...oneOf]
  return [...Object.keys(properties), ...inner.flatMap(fieldsOf)]
}
