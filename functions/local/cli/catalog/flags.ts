import { VENUE } from '../../../market/names.ts'
import type * as values from '../../../runtime/config/values.ts'
import { dataType } from '../../../runtime/config/values.ts'
import { shown } from '../../../runtime/shown.ts'
import { day, list, text, toggle } from '../flags.ts'

const anyText: values.Reader<string> = value => ({ value })
/** The vendor's words for markets are written like its venues. */
const marketType: values.Reader<string> = value =>
  VENUE.test(value) ? { value } : { faults: [`found ${shown(value)}, expected a type such as perpetual or option`] }

/** The flags of the commands that print what the vendor has. */
export const CATALOG_FLAGS = {
  type: list('T,…', 'only these types: spot, perpetual, future, option …', marketType),
  'data-types': list('T,…', 'only what has one of these data types', dataType),
  match: list('P,…', "only names like one of these patterns: '*' any characters, '?' one", anyText),
  exclude: list('P,…', 'no names like one of these patterns', anyText),
  on: day('only what has data on this UTC day'),
  csv: toggle('print CSV instead of a table'),
  refresh: toggle('ask Tardis again; answers are kept for a day in ~/.cache/tick-handler (or XDG_CACHE_HOME)'),
  settings: text('FILE', 'read settings from FILE instead of .env'),
}
