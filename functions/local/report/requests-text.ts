import type { Ledger } from '../../ledger/ledger.ts'
import type { KeptRequest } from '../../ledger/request.ts'
import { isInForce, type VendorBlock } from '../../ledger/vendor-block.ts'
import { counted } from '../terminal/human.ts'
import { shellWord } from '../terminal/shell-word.ts'
import { renderTable } from '../terminal/table.ts'
import { blockText } from './block-text.ts'

/** What the deployed functions have under way: requests that are kept, and what the vendor refused last. */
export interface UnderWay {
  /** The oldest first. */
  readonly requests: readonly KeptRequest[]
  /** The block in force; undefined if there is none. */
  readonly block: VendorBlock | undefined
}

/** Reads the kept requests and the vendor block. Memory: all requests. */
export async function readUnderWay(ledger: Ledger, nowMs: number): Promise<UnderWay> {
  const requests: KeptRequest[] = []
  for await (const { id } of ledger.listRequests()) {
    const request = await ledger.readRequest(id)
    if (request) requests.push(request)
  }
  const block = await ledger.readVendorBlock()
  return {
    requests: requests.sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1)),
    block: block && isInForce(block, nowMs) ? block : undefined,
  }
}

/** A line for the block, and one for the open requests of this folder or bucket; none where there is neither. Pure. */
export function underWayLines({ requests, block }: UnderWay, shown: string): string[] {
  const place = shown.startsWith('gs://') ? `--bucket ${shown.slice('gs://'.length)}` : `--data-dir ${shellWord(shown)}`
  const open = requests.filter(({ state }) => state === 'open')
  return [
    ...(block ? [`the deployed functions wait: ${blockText(block)}`] : []),
    ...(open.length > 0
      ? [`${counted(open.length, 'open request')} for given days: tick-handler requests ${place}`]
      : []),
  ]
}

/** A line per request. Pure. */
export function requestsTable(requests: readonly KeptRequest[]): string[] {
  const head = ['id', 'state', 'venues', 'days', 'complete down to', 'rounds', 'requested']
  return renderTable([head, ...requests.map(rowOf)], 5, '')
}

function rowOf({ id, state, asked, openUntil, rounds, createdAt }: KeptRequest): string[] {
  const { venues, startDate, endDate } = asked
  const done = state === 'complete' ? startDate : openUntil < endDate ? `after ${openUntil}` : '–'
  const names = venues.length > 2 ? counted(venues.length, 'venue') : venues.join(', ')
  return [id, state, names, `${startDate} … ${endDate}`, done, String(rounds), createdAt.slice(0, 10)]
}
