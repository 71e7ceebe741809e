import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { WHOLE_GRACE_MS } from '../../functions/fetch/batch-time.ts'
import { metadataFolder, versionOf } from '../../functions/iceberg/file-catalog.ts'
import { manifest } from '../../functions/ledger/manifest.ts'
import { ledgerPrefix } from '../../functions/storage/names.ts'
import { tablesPrefix } from '../../functions/storage/table-names.ts'
import { FUNCTIONS } from '../../functions/wiring.ts'
import { first, INFRA, type Json, list, type Module, object, ofType, ROOT, readFiles, readModule } from './terraform.ts'

/** The rows of infra/README.md's table of events, with the fields that each has. */
function documentedEvents(): Map<string, string[]> {
  const lines = readFileSync(join(INFRA, 'README.md'), 'utf8').split('\n')
  const head = lines.findIndex(line => /^\| event +\| function +\|/.test(line))
  assert.ok(head >= 0, 'infra/README.md has no table of events')
  const end = lines.indexOf('', head)
  const named = (cell: string) => [...cell.matchAll(/`(\w+)`/g)].map(match => match[1]!)
  const rows = lines.slice(head + 2, end).map(line => line.split('|'))
  return new Map(rows.map(cells => [named(cells[1]!)[0]!, named(cells[4]!)]))
}

function functionsSource(): string {
  const folder = join(ROOT, 'functions')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts') && !/^(local|emulators)\b/.test(name))
    .map(name => readFileSync(join(folder, name), 'utf8'))
  return files.join('\n')
}

function fieldsUsed({ files, locals }: Module): Set<string> {
  const named = [...files.values()].flatMap(text => [...text.matchAll(/jsonPayload\.([A-Za-z]+)/g)].map(m => m[1]!))
  const extracted = Object.values(object(locals.batch_values)).map(value => String(object(value).field))
  return new Set([...named, ...extracted])
}

function eventsUsed({ files }: Module): Set<string> {
  const found = [...files.values()].flatMap(text => [...text.matchAll(/jsonPayload\.event=\\"(\w+)\\"/g)])
  return new Set(found.map(match => match[1]!))
}

/** A BigQuery column as the type of JSON that it reads. */
function columnShape(column: Json): Json {
  const { type, mode, fields } = object(column)
  const single = type === 'RECORD' ? shapeOf(list(fields)) : JSON_TYPES[String(type)]!
  return mode === 'REPEATED' ? [single] : single
}
const JSON_TYPES: Record<string, string> = {
  STRING: 'string',
  DATE: 'string',
  INTEGER: 'integer',
  FLOAT: 'number',
  BOOLEAN: 'boolean',
}
function shapeOf(columns: readonly Json[]): Json {
  return Object.fromEntries(columns.map(column => [String(object(column).name), columnShape(column)]))
}

/** A JSON Schema in the same terms. */
function schemaShape(schema: Json): Json {
  const { type, properties, items, const: constant } = object(schema)
  if (type === 'array') return [schemaShape(items!)]
  if (type === 'object') {
    return Object.fromEntries(Object.entries(object(properties)).map(([name, field]) => [name, schemaShape(field)]))
  }
  return constant === undefined ? type! : Number.isInteger(constant) ? 'integer' : typeof constant
}

describe('infra and the code', () => {
  it('agree on what the ledger is called', async () => {
    const { locals } = await readModule(readFiles())
    assert.match(String(locals.ledger_prefix), /"_ledger"/)
    assert.equal(ledgerPrefix('ticks'), '_ledger/')
    assert.equal(ledgerPrefix('a/ticks'), 'a/_ledger/')
  })

  it('agree on where the tables are', async () => {
    const module = await readModule(readFiles())
    assert.match(String(module.locals.tables_prefix), /"_iceberg"/)
    assert.equal(tablesPrefix('a/ticks'), 'a/_iceberg/')
    const table = ofType(module, 'google_bigquery_table').find(({ name }) => name === 'iceberg')!
    const [uri] = list(first(table.body.external_data_configuration).source_uris)
    const path = String(uri).replace(/^gs:\/\/\$\{[^}]*\}\/\$\{local\.tables_prefix\}\//, tablesPrefix('ticks'))
    const named = path.replace(/\$\{each\.key\}/, 'trades').replace(/\$\{each\.value\}/, '12')
    const folder = metadataFolder('ticks', 'trades')
    assert.equal(named, `${folder}v12.metadata.json`)
    assert.equal(versionOf(folder, named), 12)
  })

  it('agree on what the functions are called', async () => {
    const { locals } = await readModule(readFiles())
    assert.deepEqual(Object.keys(object(locals.functions)).sort(), [...FUNCTIONS].sort())
  })

  it('stop a function only after a batch with the longest deadline has ended', async () => {
    const { locals } = await readModule(readFiles())
    const variables = readFileSync(join(INFRA, 'variables-functions.tf'), 'utf8')
    const maxSeconds = Number(/var\.deadline_seconds <= (\d+)/.exec(variables)?.[1])
    assert.ok(maxSeconds > 0, 'variables-functions.tf bounds deadline_seconds')
    assert.ok(maxSeconds + WHOLE_GRACE_MS / 1000 < Number(locals.timeout_seconds))
  })

  it('document each event that a metric or alert stands on', async () => {
    const module = await readModule(readFiles())
    const documented = documentedEvents()
    assert.deepEqual([...eventsUsed(module)].sort(), [...documented.keys()].sort())
  })

  it('document each field that a metric or alert stands on', async () => {
    const documented = new Set([...documentedEvents().values()].flat())
    // `status` of Cloud Scheduler's own lines happens to be called like one of ours.
    const missing = [...fieldsUsed(await readModule(readFiles()))].filter(f => f !== 'event' && !documented.has(f))
    assert.deepEqual(missing, [])
  })

  it('have a line of the runbook for each alert', async () => {
    const { resources, locals } = await readModule(readFiles())
    const policies = resources.filter(({ type }) => type === 'google_monitoring_alert_policy')
    const named = policies.map(({ body }) => String(body.display_name)).filter(name => !name.includes('each.value'))
    const titles = Object.values(object(locals.log_alerts)).map(line => String(object(line).title))
    const alerts = [...titles, ...named.map(name => name.replace(/^Tick handler: /, ''))]
    const runbook = /### Runbook\n([\s\S]*?)\n###/.exec(readFileSync(join(INFRA, 'README.md'), 'utf8'))![1]!
    const rows = [...runbook.matchAll(/^\| ([^|]*?) +\|.*\|.*\|$/gm)].map(([, name]) => name)
    assert.deepEqual(rows.slice(2).sort(), alerts.sort())
  })

  it('log each of these events', () => {
    const source = functionsSource()
    const missing = [...documentedEvents().keys()].filter(event => !source.includes(`event: '${event}'`))
    assert.deepEqual(missing, [])
  })

  it('agree on the columns of a manifest', async () => {
    const { locals } = await readModule(readFiles())
    const columns = list(expanded(locals.manifest_schema!, locals))
    const expected = schemaShape(z.toJSONSchema(manifest) as Json)
    assert.deepEqual(shapeOf(columns), expected)
  })
})

/** The two lists of columns that are written as a loop over names. */
function expanded(value: Json, locals: Module['locals']): Json {
  if (Array.isArray(value)) return value.map(element => expanded(element, locals))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, expanded(field, locals)]))
  }
  const looped = /for name in local\.(\w+) : \{ name = name, type = "INTEGER" \}/.exec(String(value))?.[1]
  if (looped === undefined) return value
  const columns = list(locals[looped]).map(name => ({ name, type: 'INTEGER' }))
  return /"seconds", type = "FLOAT"/.test(String(value)) ? [...columns, { name: 'seconds', type: 'FLOAT' }] : columns
}
