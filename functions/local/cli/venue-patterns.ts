import { isVenuePattern } from '../../market/venues.ts'
import * as values from '../../runtime/config/values.ts'
import { list } from './flags.ts'

/** An exchange id, or a pattern of some. */
export const venuePattern: values.Reader<string> = text => (isVenuePattern(text) ? { value: text } : values.venue(text))

/** The flag `--venues` of the commands that show what is recorded; `recordedVenues` finds the venues. */
export const VENUE_PATTERNS = list(
  'V,…',
  'only these exchange ids, also patterns such as binance* (default all recorded)',
  venuePattern,
)
