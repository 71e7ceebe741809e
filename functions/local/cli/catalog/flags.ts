import type * as values from '../../../runtime/config/values.ts'
import { dataType, instrumentType } from '../../../runtime/config/values.ts'
import { day, list, text, toggle } from '../flags.ts'

const anyText: values.Reader<string> = value => ({ value })

/** The flags of the commands that print what the vendor has. */
export const CATALOG_FLAGS = {
  type: list('T,…', 'only these types: spot, perpetual, future, option …', instrumentType),
  'data-types': list('T,…', 'only what has one of these data types', dataType),
  match: list('P,…', "only names like one of these patterns: '*' any characters, '?' one", anyText),
  exclude: list('P,…', 'no names like one of these patterns', anyText),
  on: day('only what has data on this UTC day'),
  csv: toggle('print CSV instead of a table'),
  refresh: toggle('ask Tardis again; answers are kept for a day in ~/.cache/tick-handler (or XDG_CACHE_HOME)'),
  settings: text('FILE', 'read settings from FILE instead of .env'),
}
