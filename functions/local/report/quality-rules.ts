import { z } from 'zod'
import { REASONS, type Thresholds, thresholdsOf } from '../../ledger/condition.ts'
import { globMatcher } from '../../market/glob.ts'
import type { DataType, Venue } from '../../market/names.ts'

/** Reasons that only a reader finds, who sees the neighbouring days. */
const READER_REASONS = ['suspicious-empty'] as const

/** The thresholds of those who read manifests. */
export interface ReaderThresholds extends Thresholds {
  /** An empty file is suspicious where its neighbouring days have at least so many rows. `null`: never. */
  readonly neighbourRows: number | null
  /** Reasons that do not count. */
  readonly ignore: ReadonlySet<string>
}

const patterns = z.array(z.string().min(1)).min(1)
const rule = z.strictObject({
  /** Globs of venues and data types that the rule is for; absent: all. */
  venues: patterns.optional(),
  dataTypes: patterns.optional(),
  gapSeconds: z.number().min(0).optional(),
  gapFactor: z.number().min(0).nullable().optional(),
  share: z.number().min(0).max(1).optional(),
  neighbourRows: z.int().min(1).nullable().optional(),
  ignore: z.array(z.enum([...REASONS, ...READER_REASONS])).optional(),
})

/** `quality.json`: rules in order, of which a later one wins, field by field. */
export const qualityRules = z.strictObject({ schemaVersion: z.literal(1), rules: z.array(rule).max(1_000) })

const NEIGHBOUR_ROWS = 100

/** Which thresholds are for what. Pure. */
export class QualityRules {
  /** True where nothing differs from what manifests record. */
  readonly areDefault: boolean
  readonly #rules: readonly { readonly isFor: (venue: Venue, dataType: DataType) => boolean; readonly rule: Rule }[]
  readonly #known = new Map<string, ReaderThresholds>()

  constructor(rules: readonly Rule[] = []) {
    this.areDefault = rules.length === 0
    this.#rules = rules.map(rule => ({ isFor: scopeOf(rule), rule }))
  }

  thresholdsFor(venue: Venue, dataType: DataType): ReaderThresholds {
    const key = `${venue} ${dataType}`
    const known = this.#known.get(key) ?? this.#merge(venue, dataType)
    this.#known.set(key, known)
    return known
  }

  #merge(venue: Venue, dataType: DataType): ReaderThresholds {
    const builtIn = thresholdsOf(dataType)
    // Data that tells nothing by its absence may be absent on any day.
    const neighbourRows = builtIn.gapFactor === null ? null : NEIGHBOUR_ROWS
    const rules = this.#rules.filter(({ isFor }) => isFor(venue, dataType)).map(({ rule }) => rule)
    const merged: Rule = Object.assign({}, ...rules)
    const { gapSeconds = builtIn.gapSeconds, share = builtIn.share, ignore = [] } = merged
    const gapFactor = merged.gapFactor === undefined ? builtIn.gapFactor : merged.gapFactor
    const rows = merged.neighbourRows === undefined ? neighbourRows : merged.neighbourRows
    return { gapSeconds, gapFactor, share, neighbourRows: rows, ignore: new Set(ignore) }
  }
}

export type Rule = z.infer<typeof rule>

function scopeOf({ venues = ['*'], dataTypes = ['*'] }: Rule): (venue: Venue, dataType: DataType) => boolean {
  const [isVenue, isType] = [globMatcher(venues), globMatcher(dataTypes)]
  return (venue, dataType) => isVenue(venue) && isType(dataType)
}
