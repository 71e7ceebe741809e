import { BUCKET_CASES } from './cases/bucket.ts'
import { BUS_CASES } from './cases/bus.ts'
import type { FaultCase } from './cases/fault-case.ts'
import { MESSAGE_CASES } from './cases/messages.ts'
import { PROCESS_CASES } from './cases/process.ts'
import { VENDOR_CASES } from './cases/vendor.ts'

/** Every fault that is planted: stage × fault × how often → outcome. */
export const CASES: readonly FaultCase[] = [
  ...VENDOR_CASES,
  ...BUCKET_CASES,
  ...BUS_CASES,
  ...MESSAGE_CASES,
  ...PROCESS_CASES,
]
