import { LedgerDocumentError } from '../../ledger/document.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { itemKey, type VenueDay } from '../../market/items.ts'
import { INSTRUMENTS } from '../../market/names.ts'
import type { Scope } from '../../market/scope.ts'
import { datasetSymbol } from '../../market/symbols.ts'
import type { ExchangeDetails } from '../../tardis/exchange.ts'
import { datasetsForDay, instrumentsOn } from '../../tardis/items.ts'
import { isFreeDay, type KeyAccess, lackOf } from '../../tardis/key-access.ts'
import type { VenueDayReport } from '../report/venue-days.ts'
import type { DayToDo } from './forecast.ts'
import type { ItemToDo } from './sizes.ts'

/** What is known of a request before it is downloaded. */
export interface Knowledge {
  /** Undefined where nothing is known to be stored. */
  readonly ledger: Ledger | undefined
  readonly details: ReadonlyMap<string, ExchangeDetails>
  /** By `venueDayKey`: what the manifests say for what is asked. */
  readonly report: (day: VenueDay) => VenueDayReport | undefined
  readonly hasKey: boolean
  readonly access: KeyAccess | undefined
  /** True where everything is downloaded again, whatever is stored. */
  readonly force: boolean
}

const NO_KEY = 'no TARDIS_API_KEY is set'

/** What is left to download of a venue-day. Reads a manifest only where the day is begun and not complete. */
export async function toDo(day: VenueDay & { readonly scope: Scope }, known: Knowledge): Promise<DayToDo> {
  const { venue, date, scope } = day
  const { details, report, ledger, force } = known
  const said = report(day)
  const of = details.get(venue)
  if (said?.status === 'complete' && !force) return { venue, date, state: 'complete', items: [] }
  if (!of) return { venue, date, state: 'unreadable', items: [], lack: 'Tardis has no details of the venue' }
  const { items, pending } = datasetsOf(of, date, scope)
  if (pending) return { venue, date, state: 'pending', items: [] }
  const settled = ledger && said?.counts && !force ? await settledItems(ledger, day) : new Set<string>()
  const left = items.filter(item => !settled.has(itemKey(item)))
  const lack = known.hasKey ? known.access && lackOf(known.access, day) : isFreeDay(date) ? undefined : NO_KEY
  return { venue, date, state: lack === undefined ? 'open' : 'unreadable', items: left, lack }
}

function datasetsOf(details: ExchangeDetails, date: string, scope: Scope): { items: ItemToDo[]; pending: boolean } {
  const items = new Map<string, ItemToDo>()
  let pending = false
  for (const [dataType, symbols] of Object.entries(scope)) {
    const found = datasetsForDay(details, date, { dataTypes: [dataType], ...(symbols !== 'all' && { symbols }) })
    pending ||= found.pending
    for (const { symbol } of found.items) {
      const item = { dataType, symbol: datasetSymbol(symbol) }
      const rows = dataType === INSTRUMENTS ? { rows: instrumentsOn(details, date).length } : {}
      items.set(itemKey(item), { ...item, ...rows })
    }
  }
  return { items: [...items.values()], pending }
}

async function settledItems(ledger: Ledger, day: VenueDay): Promise<Set<string>> {
  try {
    const items = (await ledger.readManifest(day))?.items ?? []
    const isSettled = ({ status }: { status: string }) => ['stored', 'empty', 'missing'].includes(status)
    return new Set(items.filter(isSettled).map(itemKey))
  } catch (error) {
    if (!(error instanceof LedgerDocumentError)) throw error
    return new Set()
  }
}
