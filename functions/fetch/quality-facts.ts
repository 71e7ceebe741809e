import type { Quality as QualityFacts } from '../ledger/quality.ts'
import type { Quality } from '../ticks/quality.ts'

/** What was seen in a dataset's rows, as the ledger keeps it: times as text, and nothing that is zero or was not looked at. */
export function qualityFacts(quality: Quality): QualityFacts {
  const { largestGapMicros, largestGapStartMicros: gapStart, rowsOutOfOrder, version } = quality
  return {
    rowsOutOfOrder,
    largestGapMicros: `${largestGapMicros}`,
    ...(gapStart !== undefined && { largestGapStartMicros: `${gapStart}` }),
    ...counts(quality, ['rowsOutsideDay']),
    ...(version !== undefined && { version, ...checks(quality) }),
  }
}

function checks(quality: Quality): Partial<QualityFacts> {
  const { gaps = [], latency, nulls = [], price, volume, notional, ids } = quality
  return {
    ...counts(quality, ['exchangeRowsOutOfOrder', 'repeatedRows', 'repeatedIds', 'nonPositivePrices']),
    ...counts(quality, ['nonPositiveAmounts', 'crossed', 'locked', 'oneSided', 'snapshots']),
    ...(gaps.length > 0 && {
      gaps: gaps.map(({ startMicros, micros }) => ({ startMicros: `${startMicros}`, micros: `${micros}` })),
    }),
    ...(latency && { latency: latencyFacts(latency) }),
    ...(nulls.length > 0 && { nulls: nulls.map(({ column, rows }) => ({ column, rows })) }),
    ...(price && { price }),
    ...(volume !== undefined && { volume }),
    ...(notional !== undefined && { notional }),
    ...(ids && {
      ids: { first: `${ids.first}`, last: `${ids.last}`, ...(ids.missing > 0n && { missing: Number(ids.missing) }) },
    }),
  }
}

function latencyFacts({ minMicros, medianMicros, p99Micros, maxMicros, negative }: NonNullable<Quality['latency']>) {
  return {
    minMicros: `${minMicros}`,
    medianMicros: `${medianMicros}`,
    p99Micros: `${p99Micros}`,
    maxMicros: `${maxMicros}`,
    ...(negative > 0 && { negative }),
  }
}

/** The counts that are above zero. */
function counts<K extends keyof Quality & keyof QualityFacts>(quality: Quality, names: readonly K[]) {
  return Object.fromEntries(names.flatMap(name => (quality[name] ? [[name, quality[name]]] : [])))
}
