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
]
