import type { Figures } from './figures.ts'
import type { Scenario } from './scenario.ts'

export interface End {
  readonly scenario: Scenario
  readonly figures: Figures
}

/** A Markdown table with one column for each rehearsal, then a line for each that names its bottleneck. */
export function tableOf(ends: readonly End[]): string {
  const rows = Object.entries(ROWS).map(([name, cell]) => [name, ...ends.map(cell)])
  const head = ['fetch instances', ...ends.map(({ scenario }) => String(scenario.fetchInstances))]
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map(row => row[column]!.length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(' | ')} |`
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return [line(head), rule, ...rows.map(line), '', ...ends.map(bottleneckLine)].join('\n')
}

const ROWS: Readonly<Record<string, (end: End) => string>> = {
  'share that was rehearsed': ({ scenario }) => `1/${Math.round(1 / scenario.sample)}`,
  'days until complete': ({ figures }) => daysText(figures),
  'venue-days': ({ figures }) => count(figures.venueDays),
  'left undone': ({ figures }) => count(figures.undone),
  'files converted': ({ figures }) => count(figures.items),
  'TB from the vendor': ({ figures }) => figures.terabytes.toFixed(1),
  'requests to the vendor': ({ figures }) => count(figures.vendorRequests),
  '… refused for quota or key': ({ figures }) => count(figures.refusedRequests),
  'messages published': ({ figures }) => count(figures.messages),
  'deliveries tried': ({ figures }) => count(figures.pushes),
  'most deliveries of one message': ({ figures }) => count(figures.maxAttemptsUsed),
  'dead letters': ({ figures }) => count(figures.deadLetters),
  'messages lost to age': ({ figures }) => count(figures.expired),
  'bucket writes and lists': ({ figures }) => count(figures.classA),
  'bucket reads': ({ figures }) => count(figures.classB),
  'fetch instances busy': ({ figures }) => percent(figures.fetchBusyShare),
  'EUR, all but storage': ({ figures }) => count(Math.round(figures.euros)),
  'EUR a month, storage': ({ figures }) => count(Math.round(figures.storageEurosPerMonth)),
  bottleneck: ({ figures }) => figures.bottleneck.name,
}

function daysText({ days, undone, isOutOfTime }: Figures): string {
  if (undone === 0) return days.toFixed(1)
  return isOutOfTime ? `over ${days.toFixed(1)} (stopped)` : 'never'
}

function bottleneckLine({ scenario, figures: { bottleneck } }: End): string {
  const { name, share, workersWaitFor, advice } = bottleneck
  const because = workersWaitFor
    ? `; ${percent(workersWaitFor.share)} of their workers' time goes to: ${workersWaitFor.wait}`
    : ''
  return `${scenario.fetchInstances} instances: bottleneck ${name} (${percent(share)} of the time)${because}. ${advice}`
}

function count(value: number): string {
  return value.toLocaleString('en')
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
