import { ApiError, invalid } from './api-error.ts'

/** https://cloud.google.com/storage/docs/request-preconditions */
export interface Preconditions {
  readonly generationMatch?: bigint | undefined
  readonly generationNotMatch?: bigint | undefined
  readonly metagenerationMatch?: bigint | undefined
  readonly metagenerationNotMatch?: bigint | undefined
}

/** What preconditions are compared with; undefined where there is no object. */
export type Standing = { readonly generation: string; readonly metageneration: number } | undefined

export function parsePreconditions(query: URLSearchParams): Preconditions {
  return {
    generationMatch: int64(query, 'ifGenerationMatch'),
    generationNotMatch: int64(query, 'ifGenerationNotMatch'),
    metagenerationMatch: int64(query, 'ifMetagenerationMatch'),
    metagenerationNotMatch: int64(query, 'ifMetagenerationNotMatch'),
  }
}

/** A number of the query, or undefined. @throws ApiError 400 for anything but a decimal int64. */
export function int64(query: URLSearchParams, key: string): bigint | undefined {
  const text = query.get(key)
  if (text === null) return undefined
  if (!/^-?\d{1,19}$/.test(text)) throw invalid(`Invalid value for ${key}: ${JSON.stringify(text)}`)
  return BigInt(text)
}

/**
 * Compares a request's preconditions with the object as it is. Generation 0 stands for "no object".
 *
 * @throws ApiError 412, or 304 for a read that is to succeed only if the object has changed.
 */
export function checkPreconditions(asked: Preconditions, standing: Standing, kind: 'read' | 'write'): void {
  const generation = standing ? BigInt(standing.generation) : 0n
  const metageneration = standing && BigInt(standing.metageneration)
  const unchanged = kind === 'read' ? 304 : 412
  if (asked.generationMatch !== undefined && asked.generationMatch !== generation) throw refused(412)
  if (asked.generationNotMatch !== undefined && asked.generationNotMatch === generation) throw refused(unchanged)
  if (asked.metagenerationMatch !== undefined && asked.metagenerationMatch !== metageneration) throw refused(412)
  if (asked.metagenerationNotMatch !== undefined && asked.metagenerationNotMatch === metageneration) {
    throw refused(unchanged)
  }
}

const refused = (status: 304 | 412): ApiError =>
  new ApiError(status, 'conditionNotMet', 'At least one of the pre-conditions you specified did not hold.')
