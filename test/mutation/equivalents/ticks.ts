import { type Equivalent, inFile } from '../score.ts'

const NO_MATCH = 'what stands in front of the groups is not read, and there is no group either way'
const AT_THE_BORDER = 'the value at the border is the same either way'

export const TICKS: readonly Equivalent[] = [
  ...inFile('functions/ticks/column-name.ts', [
    {
      text: 'const [, side, level, what] = VENDOR_LEVEL.exec(vendorName) ?? []',
      to: '["Stryker was here"]',
      why: NO_MATCH,
    },
    { text: 'const [, side, what, level] = LEVEL.exec(name) ?? []', to: '["Stryker was here"]', why: NO_MATCH },
  ]),
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
      text: "const isTime = (name: string) => /^\\d+$/.test(cells[columnNames(columns).indexOf(name)] ?? '')",
      to: '"Stryker was here!"',
      why: 'neither text is a number',
    },
    {
      text: 'const cells = header.match(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g) ?? []',
      to: '["Stryker was here"]',
      why: 'the pattern takes an empty text too, so there is always a match',
    },
  ]),
  ...inFile('functions/ticks/quality-latency.ts', [
    { text: 'if (!received || !sent) return', why: 'every data type must have both times' },
    {
      text: 'if (bucket < 32) return 0n',
      to: 'false',
      why: 'of these buckets only the first is used, and it gives 0 too',
    },
    { text: 'if (power < 5) return top >> BigInt(5 - power)', to: 'power <= 5', why: AT_THE_BORDER },
    { text: 'return value < min ? min : value > max ? max : value', to: 'value <= min', why: AT_THE_BORDER },
    { text: 'return value < min ? min : value > max ? max : value', to: 'value >= max', why: AT_THE_BORDER },
    {
      text: 'for (let place = -size; place < size; place += 1) {',
      to: 'place <= size',
      why: 'the row is found before, because all rows are in a bucket',
    },
    {
      text: `throw new RangeError(\`row \${nth} is behind the \${rows} rows counted\`)`,
      why: 'the row is found before, because all rows are in a bucket',
    },
  ]),
  ...inFile('functions/ticks/quality-order.ts', [
    {
      text: 'if (day && (kernel.smallestTime.value < day.from || kernel.largestTime.value >= day.to))',
      to: 'true',
      why: 'where no row is outside, none is counted',
    },
    {
      text: 'if (day && (kernel.smallestTime.value < day.from || kernel.largestTime.value >= day.to))',
      to: 'kernel.smallestTime.value <= day.from',
      why: 'where no row is outside, none is counted',
    },
    {
      text: 'const startsBehind = this.last !== undefined && kernel.firstTime.value < this.last',
      to: 'true',
      why: 'no time is before undefined',
    },
    {
      text: 'const none = this.gapStart === undefined || this.gap < 0n',
      to: 'this.gapStart === undefined && this.gap < 0n',
      why: 'both are set together',
    },
    {
      text: 'const none = this.gapStart === undefined || this.gap < 0n',
      to: 'false',
      why: 'both are set together',
    },
    {
      text: 'if (this.first === undefined || smallest < this.first) this.first = smallest',
      to: 'smallest <= this.first',
      why: AT_THE_BORDER,
    },
    {
      text: 'if (this.latest === undefined || largest > this.latest) this.latest = largest',
      to: 'largest >= this.latest',
      why: AT_THE_BORDER,
    },
  ]),
]
