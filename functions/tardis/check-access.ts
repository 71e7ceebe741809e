import type { Log } from '../runtime/log/log.ts'
import { type KeyAccess, lackOf } from './key-access.ts'
import type { CallOptions, DatasetOutcome } from './outcomes.ts'
import { VendorRefusedError } from './refusal.ts'
import type { Vendor } from './vendor.ts'

/**
 * The same vendor, but it asks once what the key may read, and requests no dataset that the key does not include: such a
 * dataset is forbidden. A key that is refused there is refused for all. Where the vendor does not answer, or in an unknown
 * shape, every dataset is requested. Safe to call concurrently: the first calls share one request.
 */
export function checkAccess(vendor: Vendor, log: Log): Vendor {
  let asked: Promise<KeyAccess | undefined> | undefined
  const ask = (options: CallOptions) => {
    asked ??= vendor.keyAccess(options).then(
      access => {
        if (access)
          log.info(`the API key includes ${new Set(access.map(({ exchange }) => exchange)).size} venues`, { access })
        return access
      },
      error => {
        const isStopped = options.deadline.signal.aborted || options.signal?.aborted
        if (isStopped || error instanceof VendorRefusedError) asked = undefined
        if (error instanceof VendorRefusedError) throw error
        return undefined
      },
    )
    return asked
  }
  return {
    venues: options => vendor.venues(options),
    exchange: (venue, options) => vendor.exchange(venue, options),
    instruments: (wanted, options) => vendor.instruments(wanted, options),
    keyAccess: options => vendor.keyAccess(options),
    async openDataset(name, options): Promise<DatasetOutcome> {
      const access = await ask(options)
      const lack = access && lackOf(access, name)
      return lack ? { kind: 'forbidden', status: 403, reason: lack } : await vendor.openDataset(name, options)
    },
    close: () => vendor.close(),
  }
}
