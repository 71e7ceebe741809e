import { type Equivalent, inFile } from '../score.ts'

export const PUBSUB: readonly Equivalent[] = [
  ...inFile('functions/pubsub/messages.ts', [
    {
      text: 'if (startDate === undefined || endDate === undefined || !isDay(startDate) || !isDay(endDate)) return',
      to: 'false',
      why: 'isDay() is false for undefined',
    },
    {
      text: 'if (startDate === undefined || endDate === undefined || !isDay(startDate) || !isDay(endDate)) return',
      to: 'startDate === undefined && endDate === undefined',
      why: 'isDay() is false for undefined',
    },
    {
      text: "context.addIssue({ code: 'custom', path: ['symbols'], message })",
      to: '""',
      why: 'of the codes only unrecognized_keys is read',
    },
    {
      text: "context.addIssue({ code: 'custom', path: ['endDate'], message })",
      to: '""',
      why: 'of the codes only unrecognized_keys is read',
    },
  ]),
  ...inFile('functions/pubsub/parse-message.ts', [
    {
      text: "if (data === undefined || typeof data === 'string') return data ?? ''",
      to: 'false',
      why: 'a decoder makes an empty text of undefined',
    },
    {
      text: '} catch {',
      to: '{}',
      why: 'a function that ends without return returns undefined',
    },
  ]),
  ...inFile('functions/pubsub/publisher.ts', [
    {
      text: 'await Promise.allSettled([...this.#topics.values()].map(topic => topic.flush()))',
      why: 'what waits goes after 5 ms anyway, and is counted as under way',
    },
  ]),
  ...inFile('functions/pubsub/push.ts', [
    {
      text: 'const [, project] = /(?:^|\\/)projects\\/([a-z][a-z0-9:.-]{4,61}[a-z0-9])\\//.exec(name) ?? []',
      to: '["Stryker was here"]',
      why: 'the first element is not read',
    },
  ]),
  ...inFile('functions/pubsub/window.ts', [
    {
      text: 'const UNLIMITED = { maxCount: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY }',
      to: '{}',
      why: 'nobody waits for room in a window without limits',
    },
  ]),
]
