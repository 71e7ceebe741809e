import type { VendorBlock } from '../../ledger/vendor-block.ts'
import { withoutAddress } from './reasons.ts'

/** That Tardis refuses everything for now, why, until when, and what to do: one line. Pure. */
export function blockText({ reason, until, detail }: Pick<VendorBlock, 'reason' | 'until' | 'detail'>): string {
  const said = withoutAddress(detail).replace(/\.$/, '')
  if (reason === 'key')
    return `Tardis refuses the API key: check TARDIS_API_KEY, then run the same command again (${said})`
  if (reason === 'down') return `Tardis does not respond; it is asked again at ${momentText(until)} (${said})`
  return `Tardis daily quota used up until ${momentText(until)}; run the same command again then (${said})`
}

/** `00:00 UTC on 2024-08-10`. */
function momentText(instant: string): string {
  return `${instant.slice(11, 16)} UTC on ${instant.slice(0, 10)}`
}
