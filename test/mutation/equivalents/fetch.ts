import { type Equivalent, inFile } from '../score.ts'

export const FETCH: readonly Equivalent[] = [
  ...inFile('functions/fetch/batch.ts', [
    {
      text: "throw new NotBegun('no turn before the deadline', { cause })",
      why: 'an item that is not begun has no result, so its error is shown nowhere',
    },
  ]),
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
  ...inFile('functions/fetch/plan.ts', [
    {
      text: 'return !find({ dataTypes: [] }).pending',
      to: '["Stryker was here"]',
      why: 'whether the day is exported does not depend on data types',
    },
    {
      text: 'return !find({ dataTypes: [] }).pending',
      to: '{}',
      why: 'whether the day is exported does not depend on data types',
    },
    {
      text: "symbols === 'all' ? [] : [{ dataTypes: [type], symbols }],",
      to: '["Stryker was here"]',
      why: 'a text has no data types, so it finds nothing',
    },
    {
      text: 'const requests: DatasetRequest[] = whole.length > 0 ? [{ dataTypes: whole }, ...named] : named',
      to: 'true',
      why: 'without data types nothing is found',
    },
    {
      text: 'const requests: DatasetRequest[] = whole.length > 0 ? [{ dataTypes: whole }, ...named] : named',
      to: 'whole.length >= 0',
      why: 'without data types nothing is found',
    },
    {
      text: 'return after.length > before.length ? after.at(-1)?.plan : current?.plan',
      to: 'true',
      why: 'the id of a plan is that of its last batch',
    },
    {
      text: 'return after.length > before.length ? after.at(-1)?.plan : current?.plan',
      to: 'after.length >= before.length',
      why: 'the id of a plan is that of its last batch',
    },
    {
      text: 'return after.length > before.length ? after.at(-1)?.plan : current?.plan',
      to: 'after.at(-1).plan',
      why: 'what is longer has a last batch',
    },
    {
      text: 'if (asked.forcedBy === undefined) return batches',
      to: 'false',
      why: 'without it no item is forced, and the batches stay',
    },
    {
      text: 'const groups = [...itemsNamed(asked), ...(current?.unlisted ?? [])].filter(',
      to: '["Stryker was here"]',
      why: 'a text has no data type, so it is filtered out',
    },
    {
      text: "({ dataType, symbol }) => scope[dataType] === 'all' && isGrouped(symbol),",
      to: 'true',
      why: 'of the other types the scope has what was named',
    },
    {
      text: 'if (named.length === 0) return []',
      to: 'false',
      why: 'nothing filtered is nothing',
    },
    {
      text: "const hasType = new Map(Object.keys(scope).map(type => [type, datasetsOf({ [type]: 'all' }, find).length > 0]))",
      to: '""',
      why: 'an empty text of symbols counts as all',
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
  ...inFile('functions/fetch/turns.ts', [
    {
      text: 'reject(signal?.reason)',
      to: 'signal.reason',
      why: 'there is a signal where it is aborted',
    },
    {
      text: "signal?.addEventListener('abort', onAbort, { once: true })",
      to: '{}',
      why: 'a signal is aborted once',
    },
    {
      text: "signal?.addEventListener('abort', onAbort, { once: true })",
      to: 'false',
      why: 'a signal is aborted once',
    },
  ]),
]
