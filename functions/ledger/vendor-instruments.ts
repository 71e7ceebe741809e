import { z } from 'zod'
import { day, symbol, venue } from '../market/schemas.ts'
import { fields, instant, schemaVersion } from './fields.ts'

/** Values of an instrument that were in force until a time. */
const change = fields({
  until: z.string(),
  priceIncrement: z.number().optional(),
  amountIncrement: z.number().optional(),
  contractMultiplier: z.number().optional(),
})

/** What the vendor's list of instruments says of one, in its words. */
const described = fields({
  baseCurrency: z.string().optional(),
  quoteCurrency: z.string().optional(),
  settlementCurrency: z.string().optional(),
  expiry: z.string().optional(),
  strikePrice: z.number().optional(),
  optionType: z.enum(['call', 'put']).optional(),
  contractMultiplier: z.number().optional(),
  priceIncrement: z.number().optional(),
  amountIncrement: z.number().optional(),
  changes: z.array(change),
})

/**
 * What the vendor said of a venue-day's instruments when they were asked for: the source of the item `instruments`. It is
 * read again instead of the vendor, and replaced only by a forced request.
 */
export const vendorInstruments = fields({
  schemaVersion,
  venue,
  date: day,
  taken: instant,
  /** Why the vendor's list of instruments is not part of it; absent where it is. */
  notReadable: z.string().optional(),
  /** In the order of their symbols. */
  instruments: z.array(
    fields({
      symbol,
      /** The vendor's word: spot, perpetual, future, option … */
      type: z.string(),
      availableSince: z.string(),
      availableTo: z.string().optional(),
      dataTypes: z.array(z.string()),
      described: described.optional(),
    }),
  ),
})
export type VendorInstruments = z.infer<typeof vendorInstruments>
export type VendorInstrument = VendorInstruments['instruments'][number]
