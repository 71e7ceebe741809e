import type { z } from 'zod'
import { day } from '../market/schemas.ts'
import { count, fields, schemaVersion } from './fields.ts'

/** Compressed bytes that all instances together received from the vendor on a UTC day, also of files that were damaged. */
export const vendorUsage = fields({ schemaVersion, date: day, bytes: count })
export type VendorUsage = z.infer<typeof vendorUsage>
