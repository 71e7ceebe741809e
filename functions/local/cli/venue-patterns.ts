import { isVenuePattern } from '../../market/venues.ts'
import { type Config, type Environment, readConfig } from '../../runtime/config/config.ts'
import * as values from '../../runtime/config/values.ts'

/** An exchange id, or a pattern of some. */
export const venuePattern: values.Reader<string> = text => (isVenuePattern(text) ? { value: text } : values.venue(text))

/**
 * The configuration of a command that finds out what patterns of venues stand for: its `VENUES` may hold some. The deployed
 * functions take names alone.
 * @throws ConfigError
 */
export function readLocalConfig(env: Environment): Config {
  const texts = (env.VENUES ?? '').split(',').map(text => text.trim())
  const patterns = texts.filter(isVenuePattern)
  if (patterns.length === 0) return readConfig(env)
  const config = readConfig({ ...env, VENUES: texts.filter(text => !isVenuePattern(text)).join() })
  return { ...config, venues: [...new Set([...config.venues, ...patterns])] }
}
