import type { Incident } from '../../ledger/fields.ts'
import { compareText } from '../../market/items.ts'
import { count, counted } from '../terminal/human.ts'
import { type Looks, paint, printable } from '../terminal/style.ts'
import type { VenueDayReport } from './venue-days.ts'

const MAX_INCIDENTS = 100

/** The incidents that touch the venue-days, each once, in order of venue and time: lines for a terminal or a file. Pure. */
export function incidentLines(days: readonly VenueDayReport[], looks: Looks): string[] {
  const found = incidentsOf(days)
  if (found.length === 0) return ['No incident that Tardis reported is recorded for these days.']
  const more = found.length - MAX_INCIDENTS
  return [
    paint(`${counted(found.length, 'incident')} that Tardis reported (UTC):`, 'bold', looks),
    ...found.slice(0, MAX_INCIDENTS).map(incident => `  ${printable(lineOf(incident))}`),
    ...(more > 0 ? [`  and ${count(more)} more (--json lists all)`] : []),
  ]
}

interface VenueIncident extends Incident {
  readonly venue: string
}

/** An incident over midnight is recorded on each of its days; while it goes on, the later day may know its end. */
function incidentsOf(days: readonly VenueDayReport[]): VenueIncident[] {
  const byName = new Map<string, VenueIncident>()
  for (const { venue, incidents = [] } of days) {
    for (const incident of incidents) {
      const name = JSON.stringify([venue, incident.from, incident.details])
      const known = byName.get(name)
      if (known?.to === undefined) byName.set(name, { ...incident, venue })
    }
  }
  return [...byName.values()].sort((a, b) => compareText(a.venue, b.venue) || compareText(a.from, b.from))
}

function lineOf({ venue, from, to, status, details }: VenueIncident): string {
  const end = to === undefined ? 'goes on' : to.slice(0, 10) === from.slice(0, 10) ? timeOf(to) : momentOf(to)
  return `${venue}  ${momentOf(from)} … ${end}  ${status}: ${details}`
}

/** `2024-08-01T03:30:00.000Z` as `2024-08-01 03:30:00`; a text of another form as it is. */
export function momentOf(text: string): string {
  return text.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z$/, '$1 $2')
}

function timeOf(text: string): string {
  return momentOf(text).replace(/^\d{4}-\d\d-\d\d /, '')
}
