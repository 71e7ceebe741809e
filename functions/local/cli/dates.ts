import { PERIOD_EXPECTED, type Period, readPeriod } from '../../market/periods.ts'
import { shown } from '../../runtime/shown.ts'
import { type Flag, type Flags, type ReadFlags, single } from './flags.ts'

/** `--dates`: the first and the last day in one flag. `today` is called when the flag is read. */
export function dates(today: () => string): Flag<Period> {
  return single<Period>('D', "days in one: 2024-08-01, 2024-08, 2024, yesterday, last-7-days or 'FROM..TO'", value => {
    const period = readPeriod(value, today())
    return period ? { value: period } : { faults: [`found ${shown(value)}, expected ${PERIOD_EXPECTED}`] }
  })
}

/** With `--dates`, as if `--start-date` and `--end-date` had been given, so that no command needs to know it. */
export function withDates<F extends Flags>(read: ReadFlags<F>): ReadFlags<F> {
  if (!read.given.has('dates')) return read
  const both = (['start-date', 'end-date'] as const).filter(flag => read.given.has(flag))
  const faults = [...read.faults, ...both.map(flag => `--dates and --${flag} exclude each other`)]
  const given = new Set([...read.given, 'start-date', 'end-date'])
  const period = (read.values as { readonly dates?: Period }).dates
  if (!period || both.length > 0) return { ...read, given, faults }
  return { ...read, given, faults, values: { ...read.values, 'start-date': period.first, 'end-date': period.last } }
}
