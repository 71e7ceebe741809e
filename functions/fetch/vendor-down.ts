import { acknowledges, type VendorBlock } from '../ledger/vendor-block.ts'

/**
 * Rejects a message in the first hours of an outage of the vendor, so that it comes again: Pub/Sub waits up to 10 minutes
 * before each of its deliveries. Later in the outage it is acknowledged without work, as under any other block, so that its
 * deliveries are not used up.
 * @throws Error that names the outage
 */
export function throwIfDown(block: VendorBlock | undefined): void {
  if (block === undefined || acknowledges(block)) return
  throw new Error(`Tardis does not respond since ${block.since}, it is asked again at ${block.until}: ${block.detail}`)
}
