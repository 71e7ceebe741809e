/** @throws Error for what is no whole number from 1 */
export function wholeFlag(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name}: found ${text}, expected a whole number from 1`)
  return value
}
