/** A process of its own that leaks, for a test: `node leaking-process.ts BYTES_A_BATCH` prints what the watch warned of. */
import { garbageCollector } from '../../functions/runtime/memory/garbage.ts'
import { createMemoryWatch } from '../../functions/runtime/memory/watch.ts'

const BATCH_BYTES = 1 << 20
const leakedBytes = Number(process.argv[2])
const nothing = () => {}
let warning: object = { verdict: 'none' }
const warn = (_: string, fields: object = {}) => {
  warning = fields
}
const log = { debug: nothing, info: nothing, warn, error: nothing, child: () => log }

const collect = garbageCollector()
const kept: Buffer[] = []

function run(bytes: number) {
  const watch = createMemoryWatch({ log })
  for (let batch = 0; batch < 200; batch++) {
    const used = Buffer.alloc(BATCH_BYTES, batch)
    if (bytes > 0) kept.push(Buffer.alloc(bytes, batch + 1))
    if (batch % 4 === 0) collect()
    watch.batchFinished({ rows: used.length, textBytes: 0, sourceBytes: 0, seconds: 1 })
  }
  return warning
}

// The first time round warms the process up.
run(0)
process.stdout.write(JSON.stringify({ ...run(leakedBytes), kept: kept.length }))
