import { type Equivalent, inFile } from '../score.ts'

export const FETCH: readonly Equivalent[] = [
  ...inFile('functions/fetch/facts.ts', [
    {
      text: '} catch {',
      to: '{}',
      why: 'a function that ends without return returns undefined',
    },
    {
      text: "const json: unknown = JSON.parse(text ?? 'null')",
      to: '""',
      why: 'an empty text is no JSON, which gives undefined as null does',
    },
    {
      text: 'version: z.int().min(1).max(FACTS_VERSION),',
      to: 'z.int().min(1).min(FACTS_VERSION)',
      why: 'a version above FACTS_VERSION is found before, and FACTS_VERSION is 1',
    },
  ]),
  ...inFile('functions/fetch/held.ts', [
    {
      text: 'return contentLength !== undefined && contentLength <= MAX_HELD_BYTES',
      to: 'true',
      why: 'undefined is not less than a number',
    },
  ]),
  ...inFile('functions/fetch/item.ts', [
    {
      text: "const stored = result && 'object' in result ? result : undefined",
      to: 'true',
      why: 'a result without an object has no sizes either',
    },
    {
      text: 'return end && result && { ...end, result }',
      to: 'end || result',
      why: 'there is a result where there is an end, and only there',
    },
  ]),
  ...inFile('functions/fetch/run-batch.ts', [
    {
      text: "result.status === 'failed' && result.retryable && mine.has(itemKey(result)) ? [result] : [],",
      to: 'true',
      why: 'only a failed result is retryable',
    },
  ]),
  ...inFile('functions/fetch/plan-venue-day.ts', [
    {
      text: '} catch {',
      why: 'a function that ends without return returns undefined',
    },
  ]),
  ...inFile('functions/fetch/remember.ts', [
    {
      text: 'const isOfLastDays = !again && covers(scopeOf(services.config.dataTypes), scope, () => false)',
      to: '() => undefined',
      why: 'undefined counts as false',
    },
    {
      text: '!again && covers(scopeOf(asked.dataTypes, selectorsOf(asked)), scope, () => false)',
      to: '() => undefined',
      why: 'undefined counts as false',
    },
    {
      text: "await keep({ venues: [venue], startDate: date, endDate: date, ...part }, '', services)",
      to: '"Stryker was here!"',
      why: 'the id of a message is part of a request’s id only with force or upgrade',
    },
    {
      text: 'return (await openRequests?.find(openLedger(bucket, config.gcsPrefix), found, signal)) !== undefined',
      to: 'openRequests.find',
      why: 'it is called only where there are open requests',
    },
  ]),
]
