import * as values from '../../runtime/config/values.ts'
import { type FlagValues, single, text, toggle } from './flags.ts'

/** The flags of every command. */
export const COMMON_FLAGS = {
  json: toggle('print the result as one JSON document'),
  quiet: toggle('print nothing but errors'),
  verbose: toggle('log every step (as LOG_LEVEL=debug)', 'v'),
  'log-file': text('FILE', 'append the log to FILE'),
  'log-format': single('FORMAT', 'text or json, one entry per line (default text)', values.oneOf(['text', 'json'])),
  version: toggle('print the version'),
  help: toggle('print this text', 'h'),
}

export type CommonFlags = typeof COMMON_FLAGS
export type CommonValues = FlagValues<CommonFlags>
