import { type Equivalent, inFile } from '../score.ts'

export const AGGREGATE: readonly Equivalent[] = [
  ...inFile('functions/aggregate/pace.ts', [
    {
      text: 'const begun: Folds = { running: Promise.resolve(), waiting: undefined }',
      to: '{}',
      why: 'running is set before anything reads it',
    },
    {
      text: 'for (const [name, atMs] of writtenAtMs) if (atMs + intervalMs <= clock.now()) writtenAtMs.delete(name)',
      to: 'atMs + intervalMs < clock.now()',
      why: 'a manifest that was written one interval ago need not wait either way',
    },
  ]),
]
