/** 12345678 → `12.3 M`: three digits, and the units given, each a thousand of the one before. */
export function scaled(value: number, units: readonly string[]): string {
  let unit = 0
  let rest = value
  while (Math.abs(rest) >= 999.5 && unit < units.length - 1) {
    rest /= 1000
    unit += 1
  }
  const digits = unit === 0 || Math.abs(rest) >= 99.95 ? 0 : 1
  return `${rest.toFixed(digits).replace(/\.0$/, '')} ${units[unit]}`.trim()
}

export function formatBytes(value: number): string {
  return scaled(value, ['B', 'kB', 'MB', 'GB', 'TB', 'PB'])
}

/** 1234567 → `1.2 M`. */
export function formatCount(value: number): string {
  return scaled(value, ['', 'k', 'M', 'G', 'T'])
}

/** 1234567 → `1,234,567`. */
export function formatWhole(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 })
}

/** A span: 0.25 → `250 µs`, 1500 → `1.5 s`, 90000 → `1 min 30 s`. */
export function formatMs(ms: number): string {
  const size = Math.abs(ms)
  if (size === 0) return '0 ms'
  if (size < 1) return `${Math.round(ms * 1000)} µs`
  if (size < 1000) return `${ms.toPrecision(3).replace(/\.0+$/, '')} ms`
  if (size < 60_000) return `${(ms / 1000).toFixed(size < 10_000 ? 1 : 0).replace(/\.0$/, '')} s`
  const minutes = Math.floor(size / 60_000)
  const seconds = Math.round((size % 60_000) / 1000)
  const sign = ms < 0 ? '-' : ''
  if (minutes < 60) return `${sign}${minutes} min${seconds > 0 ? ` ${seconds} s` : ''}`
  return `${sign}${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** 100 % only where all is there. */
export function formatShare(share: number): string {
  return share >= 1 ? '100%' : `${(Math.floor(share * 1000) / 10).toFixed(1)}%`
}

/** Milliseconds since a day began as `03:14:05`. */
export function formatTime(ms: number): string {
  return new Date(Math.max(0, Math.min(ms, 86_399_999))).toISOString().slice(11, 19)
}

/** Day number `day` as `2024-03-01`. */
export function formatDay(firstDay: string, day: number): string {
  return new Date(Date.parse(`${firstDay}T00:00:00Z`) + day * 86_400_000).toISOString().slice(0, 10)
}

/** Days `from` to `to`, the last one excluded. */
export function formatDays(firstDay: string, from: number, to: number): string {
  const first = formatDay(firstDay, from)
  return to - from <= 1 ? first : `${first} to ${formatDay(firstDay, to - 1)}`
}
