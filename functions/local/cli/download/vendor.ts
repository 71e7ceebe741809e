import type { Log } from '../../../runtime/log/log.ts'
import type { RetryPolicy } from '../../../runtime/retry.ts'
import { checkAccess } from '../../../tardis/check-access.ts'
import type { ExchangeDetails } from '../../../tardis/exchange.ts'
import { createVendor, type Vendor } from '../../../tardis/vendor.ts'
import type { Settings } from '../settings.ts'

/** The vendor of a run, which requests only what the key may read. It is closed where its scope ends. */
export function openVendor({ config }: Settings, log: Log, retry?: Partial<RetryPolicy>) {
  const vendor = checkAccess(
    createVendor({
      apiUrl: config.tardisApiUrl,
      datasetsUrl: config.tardisDatasetsUrl,
      apiKey: config.tardisApiKey,
      proxies: config.proxies,
      maxRequestsPerSecond: config.tardisMaxRequestsPerSecond,
      connections: config.downloadMaxConnections,
      log,
      ...(retry && { retry }),
    }),
    log,
  )
  return Object.assign(vendor, { [Symbol.asyncDispose]: () => vendor.close() })
}

/** The vendor with known details: for some venues they are megabytes, so each run requests them once. */
export function withDetails(vendor: Vendor, details: readonly ExchangeDetails[]): Vendor {
  const known = new Map(details.map(one => [one.venue, one]))
  return {
    venues: options => vendor.venues(options),
    instruments: (wanted, options) => vendor.instruments(wanted, options),
    keyAccess: options => vendor.keyAccess(options),
    openDataset: (name, options) => vendor.openDataset(name, options),
    close: () => vendor.close(),
    async exchange(venue, options) {
      const found = known.get(venue)
      return found ? { kind: 'known', details: found } : await vendor.exchange(venue, options)
    },
  }
}
