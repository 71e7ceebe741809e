import type { ScheduleRequest } from '../../../pubsub/messages.ts'
import type { VenueDayReport } from '../../report/venue-days.ts'

/** A request that downloads again what the bucket does not have any more. */
export interface Repair {
  readonly request: ScheduleRequest
  /** True for the first request of a venue-day that is recorded as complete. */
  readonly reopens: boolean
}

/**
 * Forced requests for the objects that are gone or changed, one per venue-day and data type. A forced request replaces
 * exactly the generation that is there, or none, so it is safe to repeat. Pure.
 * @param before the venue-days as recorded
 * @param checked the same, compared with the bucket
 */
export function repairsFor(before: readonly VenueDayReport[], checked: readonly VenueDayReport[]): Repair[] {
  return checked.flatMap(({ venue, date, problems }, at) => {
    const lost = problems.filter(({ status }) => status === 'gone' || status === 'changed')
    const byType = [...Map.groupBy(lost, ({ dataType }) => dataType)]
    return byType.map(([dataType, items], index) => ({
      request: {
        venues: [venue],
        startDate: date,
        endDate: date,
        dataTypes: [dataType],
        symbols: items.map(({ symbol }) => symbol),
        force: true,
      },
      reopens: index === 0 && before[at]?.status === 'complete',
    }))
  })
}

/** How many files the repairs download. */
export function countFiles(repairs: readonly Repair[]): number {
  return repairs.reduce((sum, { request }) => sum + (request.symbols?.length ?? 0), 0)
}
