import { readFile } from 'node:fs/promises'
import { z } from 'zod'

const price = z.number().min(0)

/** Prices of a cloud, in one currency; GB are 10^9 bytes. */
const prices = z.strictObject({
  /** When they were looked up: a year or a day. */
  asOf: z.string(),
  currency: z.string(),
  storagePerGbMonth: price,
  egressPerGb: price,
  writesPerThousand: price,
})
export type Prices = z.infer<typeof prices>

/**
 * Google Cloud's own example: Standard storage in us-east1, class A operations, and data transfer to the Americas and EMEA
 * below 1 TB a month, https://cloud.google.com/storage/pricing-examples. Google's GB there are 2^30 bytes, so that these
 * prices are 7 % too high rather than too low. Other regions and continents cost more: set your own.
 */
export const PRICES: Prices = {
  asOf: '2024',
  currency: 'USD',
  storagePerGbMonth: 0.02,
  egressPerGb: 0.12,
  writesPerThousand: 0.005,
}

/** Prices of a file that a user has written. @throws Error naming the file and what is wrong with it */
export async function readPrices(path: string): Promise<Prices> {
  const text = await readFile(path, 'utf8')
  const parsed = prices.safeParse(jsonOf(text))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue && issue.path.length > 0 ? `${issue.path.join('.')}: ` : ''
  throw new Error(`${path}: ${where}${issue?.message}, expected JSON such as ${JSON.stringify(PRICES)}`)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
