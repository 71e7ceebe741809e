import type { Equivalent } from '../score.ts'
import { AGGREGATE } from './aggregate.ts'
import { FETCH } from './fetch.ts'
import { ICEBERG } from './iceberg.ts'
import { KERNEL } from './kernel.ts'
import { KERNEL_VARIABLES } from './kernel-variables.ts'
import { LEDGER } from './ledger.ts'
import { MARKET } from './market.ts'
import { PUBSUB } from './pubsub.ts'
import { RUNTIME_LOG } from './runtime-log.ts'
import { SCHEDULE } from './schedule.ts'
import { STORAGE } from './storage.ts'
import { TARDIS } from './tardis.ts'
import { TICKS } from './ticks.ts'

/** Mutants that were read and behave as the original does. A line that changes is read again. */
export const EQUIVALENTS: readonly Equivalent[] = [
  ...AGGREGATE,
  ...FETCH,
  ...ICEBERG,
  ...KERNEL,
  ...KERNEL_VARIABLES,
  ...LEDGER,
  ...MARKET,
  ...PUBSUB,
  ...RUNTIME_LOG,
  ...SCHEDULE,
  ...STORAGE,
  ...TARDIS,
  ...TICKS,
]
