import { type Equivalent, inFile } from '../score.ts'

export const TICKS: readonly Equivalent[] = [
  ...inFile('functions/ticks/gzip.ts', [
    {
      text: 'if (this.bytes.buffer !== buffer) this.bytes = new Uint8Array(buffer)',
      to: 'true',
      why: 'each view of the memory has the same bytes',
    },
  ]),
  ...inFile('functions/ticks/header.ts', [
    {
      text: "const line = Buffer.from(bytes).toString('utf8').replace(/\\r$/, '')",
      to: '/\\r/',
      why: 'a carriage return before the end has been refused in the line above',
    },
    {
      text: "const isTime = (name: string) => /^\\d+$/.test(cells[columnNames(schema).indexOf(name)] ?? '')",
      to: '"Stryker was here!"',
      why: 'neither text is a number',
    },
    {
      text: 'const cells = header.match(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g) ?? []',
      to: '["Stryker was here"]',
      why: 'the pattern takes an empty text too, so there is always a match',
    },
  ]),
]
