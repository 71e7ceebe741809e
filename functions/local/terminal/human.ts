/** Figures as people read them. */

const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** 1234567 → `1,234,567`. */
export function count(value: number): string {
  return WHOLE.format(value)
}

/** `1 row`, `2 rows`, `1,234 rows`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

/** 12345678 → `12.3 MB`: decimal units, three digits or so. */
export function bytes(value: number): string {
  return scaled(value, ['B', 'kB', 'MB', 'GB', 'TB', 'PB'], ' ')
}

/** 12345678 → `12.3M`, for rates and narrow columns. */
export function short(value: number): string {
  return scaled(value, ['', 'k', 'M', 'G', 'T', 'P'], '')
}

/** 3725000 → `1h02m`; 61000 → `1m01s`; 3200 → `3.2 s`; undefined → `–`. */
export function duration(ms: number | undefined): string {
  if (ms === undefined || !Number.isFinite(ms)) return '–'
  const seconds = ms / 1000
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)}m${pad(whole % 60)}s`
  const minutes = Math.round(whole / 60)
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)}h${pad(minutes % 60)}m`
  return `${Math.floor(minutes / 1440)}d${pad(Math.floor((minutes % 1440) / 60))}h`
}

/** A share of 1 as `42%`: 100 % only when it is reached, `–` where the whole is unknown. */
export function percent(share: number | undefined): string {
  if (share === undefined || !Number.isFinite(share)) return '–'
  return share >= 1 ? '100%' : `${Math.min(99, Math.floor(share * 100))}%`
}

function scaled(value: number, units: readonly string[], space: string): string {
  let unit = 0
  let rest = value
  while (rest >= 999.5 && unit < units.length - 1) {
    rest /= 1000
    unit += 1
  }
  const digits = unit === 0 || rest >= 99.95 ? 0 : 1
  return `${rest.toFixed(digits)}${space}${units[unit]}`
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}
