/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Between what the median of all that could be measured lies, in 19 of 20 cases: by ranks, so outliers do not count. */
export function medianInterval(values: readonly number[]): [from: number, to: number] {
  const sorted = [...values].sort((a, b) => a - b)
  const rank = Math.max(0, Math.floor((values.length - 1.96 * Math.sqrt(values.length)) / 2))
  return [sorted[rank]!, sorted[values.length - 1 - rank]!]
}
