import { z } from 'zod'
import { requestId } from '../market/schemas.ts'
import { fields, schemaVersion } from './fields.ts'

/**
 * The kept requests that are complete or given up, each with the generation of its object, so that no run reads them again.
 * It follows from the requests: one that is missing here is only read once more.
 */
export const endedRequests = fields({ schemaVersion, generations: z.record(requestId, z.string().regex(/^\d+$/)) })
export type EndedRequests = z.infer<typeof endedRequests>
