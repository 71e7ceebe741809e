import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { jsonSchemas } from './json-schemas.ts'

/** Writes functions/ledger/schemas: `npm run schemas`, after a change of a document. */

const folder = join(import.meta.dirname, '../../functions/ledger/schemas')
mkdirSync(folder, { recursive: true })
for (const [name, text] of jsonSchemas()) writeFileSync(join(folder, name), text)
