import { z } from 'zod'
import { endedRequests } from '../../functions/ledger/ended-requests.ts'
import { manifest } from '../../functions/ledger/manifest.ts'
import { plan } from '../../functions/ledger/plan.ts'
import { receipt } from '../../functions/ledger/receipt.ts'
import { keptRequest } from '../../functions/ledger/request.ts'
import { vendorBlock } from '../../functions/ledger/vendor-block.ts'
import { vendorInstruments } from '../../functions/ledger/vendor-instruments.ts'
import { vendorUsage } from '../../functions/ledger/vendor-usage.ts'

/** The JSON Schemas of the ledger's documents by file name, made from the zod schemas that check them. */
export function jsonSchemas(): ReadonlyMap<string, string> {
  const documents = {
    plan,
    receipt,
    manifest,
    request: keptRequest,
    ended: endedRequests,
    block: vendorBlock,
    usage: vendorUsage,
    instruments: vendorInstruments,
  }
  return new Map(
    Object.entries(documents).map(([name, schema]) => {
      const made = z.toJSONSchema(schema, { io: 'input', override: withoutSafeIntegers })
      const text = JSON.stringify({ $id: `${name}.schema.json`, title: name, ...made }, null, 2)
      return [`${name}.schema.json`, `${text}\n`]
    }),
  )
}

/** What zod says of every integer is of no use to a reader. */
function withoutSafeIntegers({ jsonSchema }: { jsonSchema: { maximum?: number } }): void {
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
}
