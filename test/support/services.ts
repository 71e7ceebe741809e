import type { AggregateServices } from '../../functions/aggregate/handler.ts'
import { createManifestPace } from '../../functions/aggregate/pace.ts'
import { smallestPlan } from '../../functions/fetch/memory-plan.ts'
import { VendorGuard } from '../../functions/ledger/vendor-guard.ts'
import { systemClock } from '../../functions/runtime/deadline.ts'
import { createMemoryGate } from '../../functions/runtime/memory/gate.ts'
import { createMemoryWatch } from '../../functions/runtime/memory/watch.ts'
import type { Services } from '../../functions/services.ts'
import { convert } from '../../functions/ticks/convert.ts'
import { SILENT } from './silent-log.ts'

/** What any of the three handlers works with. */
export type AllServices = Services & AggregateServices

type Needed = 'bucket' | 'vendor' | 'publisher' | 'config'

export const SMALLEST_BUFFERS = smallestPlan(256 * 1024 ** 2, 2, true)

/**
 * The services of one instance for a test: memory never holds an item back, jitter is its mean, and nothing is logged,
 * unless `own` has something else.
 */
export function servicesFor(own: Pick<Services, Needed> & Partial<AllServices>): AllServices {
  const { clock = systemClock, log = SILENT, config } = own
  return {
    convert,
    guard: new VendorGuard({ clock, config }),
    gate: createMemoryGate({ objection: () => undefined, clock }),
    buffers: () => SMALLEST_BUFFERS,
    watch: createMemoryWatch({ log, clock }),
    clock,
    random: () => 0.5,
    log,
    pace: createManifestPace(clock),
    ...own,
  }
}
