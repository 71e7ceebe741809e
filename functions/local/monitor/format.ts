/** Figures of memory and time as the monitor shows them: binary units, as limits are set in them. */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** 150324019 → `143.4 MiB`; 0 → `0 B`; negative values keep their sign. */
export function mib(bytes: number): string {
  let unit = 0
  let rest = Math.abs(bytes)
  while (rest >= 1023.95 && unit < UNITS.length - 1) {
    rest /= 1024
    unit += 1
  }
  const digits = unit === 0 || rest >= 999.5 ? 0 : 1
  return `${bytes < 0 ? '-' : ''}${rest.toFixed(digits).replace(/\.0$/, '')} ${UNITS[unit]}`
}

/** With a sign: `+` or `-`. */
export function signedMib(bytes: number): string {
  return bytes < 0 ? mib(bytes) : `+${mib(bytes)}`
}

/** 1.84 cores → `184%`. */
export function cores(value: number): string {
  return `${Math.round(value * 100)}%`
}

/** A share in per cent with two digits or so: `0.04%`, `3.2%`, `61%`. */
export function share(value: number): string {
  const percent = value * 100
  return `${percent === 0 || percent >= 9.95 ? Math.round(percent) : percent.toPrecision(percent < 0.095 ? 1 : 2)}%`
}

/** CPU time: `0.05 s`, `12.3 s`, then as a duration. */
export function cpu(seconds: number): string {
  if (seconds >= 60) return time(seconds)
  return `${seconds.toFixed(seconds < 9.95 ? 2 : 1)} s`
}

/** 83.2 → `1m23s`; whole seconds from ten on; days where there are any. */
export function time(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)}s`
  const whole = Math.round(seconds)
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'm'],
    [whole % 60, 's'],
  ]
  const first = parts.findIndex(([value]) => value > 0)
  return parts
    .slice(first, first + 2)
    .map(([value, unit], at) => `${at === 0 ? value : String(value).padStart(2, '0')}${unit}`)
    .join('')
}

/** Just below or at `value`: 1, 2 or 5 times a power of ten. For the ticks of an axis. */
export function roundBelow(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  const leading = value / power
  return (leading >= 5 ? 5 : leading >= 2 ? 2 : 1) * power
}

const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400]

/** Where to mark an axis of time from 0 to `seconds`, with at most `most` marks after the first. */
export function timeTicks(seconds: number, most: number): number[] {
  const fine = seconds / most
  const step = TIME_STEPS.find(candidate => candidate >= fine) ?? Math.ceil(fine / 86_400) * 86_400
  const small = fine < 0.5 ? roundBelow(fine) * 2 : step
  return ticks(seconds, seconds < most / 2 ? small : step)
}

/** Where to mark an axis of memory from 0 to `bytes`: powers of two times a unit. */
export function byteTicks(bytes: number, most: number): number[] {
  return ticks(bytes, 2 ** Math.ceil(Math.log2(Math.max(1, bytes) / most)))
}

function ticks(end: number, step: number): number[] {
  const marks: number[] = []
  for (let at = 0; at <= end * 1.0001; at += step) marks.push(at)
  return marks
}
