import { addDays, dayOf } from '../market/days.ts'
import { withVersion } from '../pubsub/messages.ts'
import type { Services } from '../services.ts'
import { parseVenueFolder, venuesPrefix } from '../storage/names.ts'

/** Vendors report incidents late, but hardly ever later than this. */
const INCIDENT_DAYS = 90

type IncidentServices = Pick<Services, 'bucket' | 'publisher' | 'config' | 'clock' | 'signal'>

/**
 * What a scheduled run does about incidents: publishes one message for each venue of the ledger, so that fetch compares what
 * the vendor reports for the last 90 days with the manifests. Safe to run twice.
 */
export async function publishIncidentChecks(services: IncidentServices): Promise<void> {
  const today = dayOf(services.clock.now())
  const days = { startDate: addDays(today, -INCIDENT_DAYS), endDate: addDays(today, -1) }
  await publishChecksOf(await recordedVenues(services), days, services)
}

/** The same for these venues and days, both included; nothing where no day of a request has begun. */
export async function publishChecksOf(
  venues: readonly string[],
  { startDate, endDate }: { readonly startDate: string; readonly endDate: string },
  { publisher, config, signal }: Pick<IncidentServices, 'publisher' | 'config' | 'signal'>,
): Promise<void> {
  if (startDate > endDate) return
  const messages = venues.map(venue => withVersion({ venue, date: endDate, incidentsSince: startDate }))
  await publisher.publishMany(config.venueDaysTopic, messages, signal ? { signal } : {})
}

/** The venues that have a folder in the ledger. */
async function recordedVenues({ bucket, config: { gcsPrefix }, signal }: IncidentServices): Promise<string[]> {
  const venues: string[] = []
  for await (const folder of bucket.listFolders(venuesPrefix(gcsPrefix), signal)) {
    const venue = parseVenueFolder(gcsPrefix, folder)
    if (venue !== undefined) venues.push(venue)
  }
  return venues
}
