/** @throws Error for what is no whole number from 1 */
export function wholeFlag(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name}: found ${text}, expected a whole number from 1`)
  return value
}

const UNITS: Readonly<Record<string, number>> = { KB: 1e3, MB: 1e6, GB: 1e9 }

/** @throws Error for what is no length in bytes, such as 100MB */
export function bytesFlag(name: string, text: string): number {
  const [, count, unit = ''] = /^(\d+(?:\.\d+)?)(KB|MB|GB)$/.exec(text) ?? []
  if (count === undefined) throw new Error(`--${name}: found ${text}, expected such as 100MB or 5GB`)
  return Number(count) * UNITS[unit]!
}
