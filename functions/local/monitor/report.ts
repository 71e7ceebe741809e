import { cores, cpu, mib, share, signedMib, time } from './format.ts'
import { escapeHtml, STYLE } from './html.ts'
import type { ProcessRecord } from './recorder.ts'
import { endingText, isJudged, type Outcome, summaryRows, verdictStyle, verdictText } from './summary.ts'
import { cpuChart, memoryChart } from './svg.ts'

/** A run as one page that needs nothing else: no script, no font, no request. Pure. */
export function renderReport(outcome: Outcome, commandLine: string): string {
  const { title, startedAt, elapsedSeconds, ending } = outcome
  const when = startedAt.toISOString().replace('T', ' ').slice(0, 19)
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(title)}: memory</title><style>${STYLE}</style></head><body><main>`,
    `<h1>${escapeHtml(title)}</h1>`,
    `<p class="sub"><code>${escapeHtml(commandLine)}</code><br>${when} UTC, ${time(elapsedSeconds)}, ${endingText(ending)}</p>`,
    ...(outcome.recording.samples === 0
      ? ['<section>The command finished before the first sample.</section>']
      : [tiles(outcome), verdict(outcome), charts(outcome), processTable(outcome)]),
    summaryTable(outcome),
    '<footer>Resident memory of the command and all its descendants; pages that they share are counted once. ',
    'Made by <code>tick-handler monitor</code>.</footer>',
    '</main></body></html>',
    '',
  ].join('\n')
}

function tiles({ recording, limitBytes, elapsedSeconds, verdict }: Outcome): string {
  const { peakBytes, averageBytes, cpuSeconds } = recording
  const all: [string, string][] = [
    [
      mib(peakBytes),
      limitBytes === undefined ? 'peak' : `peak, ${share(peakBytes / limitBytes)} of ${mib(limitBytes)}`,
    ],
  ]
  all.push([mib(averageBytes), 'average'])
  all.push(
    isJudged(verdict) ? [signedMib(verdict.growthBytes), 'growth after warm-up'] : ['–', 'growth: too short to tell'],
  )
  all.push([cpu(cpuSeconds), `CPU, ${cores(cpuSeconds / elapsedSeconds)} of one core`])
  all.push([time(elapsedSeconds), 'elapsed'])
  const tile = ([value, name]: [string, string]) => `<div class="tile"><b>${value}</b><span>${name}</span></div>`
  return `<div class="tiles">${all.map(tile).join('')}</div>`
}

function verdict({ verdict: found }: Outcome): string {
  const [head, ...rest] = verdictText(found).split(': ')
  return `<section class="verdict ${verdictStyle(found) ?? 'none'}"><strong>${sentence(head!)}</strong>: ${rest.join(': ')}.</section>`
}

function charts({ recording, elapsedSeconds, limitBytes, verdict: found }: Outcome): string {
  const memory = memoryChart({
    buckets: recording.memory.buckets,
    endSeconds: elapsedSeconds,
    peakBytes: recording.peakBytes,
    peakAtSeconds: recording.peakAtSeconds,
    limitBytes,
    growth: found.verdict === 'none' ? undefined : found.bytesPerUnit,
  })
  const { buckets } = recording.cpu
  const sections = [`<section class="wide"><h2>Resident memory</h2>${memory}</section>`]
  if (buckets.length > 1) {
    sections.push(`<section class="wide"><h2>CPU, 100% is one core</h2>${cpuChart(buckets, elapsedSeconds)}</section>`)
  }
  return sections.join('')
}

function processTable({ recording }: Outcome): string {
  const { largest, processesSeen } = recording
  const heading =
    largest.length < processesSeen ? `The largest ${largest.length} of ${processesSeen} processes` : 'Processes'
  const rows = largest.map(processRow).join('')
  const head =
    '<tr><th class="text">Command</th><th>PID</th><th>Peak</th><th>CPU</th><th>Seen from</th><th>to</th></tr>'
  return `<section class="wide"><h2>${heading}</h2><table>${head}${rows}</table></section>`
}

const MAX_COMMAND_CHARACTERS = 160

function processRow({ pid, command, peakRssBytes, cpuSeconds, fromSeconds, toSeconds }: ProcessRecord): string {
  const shown = command.length > MAX_COMMAND_CHARACTERS ? `${command.slice(0, MAX_COMMAND_CHARACTERS)}…` : command
  const cells = [pid, mib(peakRssBytes), cpu(cpuSeconds), time(fromSeconds), time(toSeconds)]
  const text = `<td class="text"><code>${escapeHtml(shown)}</code></td>`
  return `<tr>${text}${cells.map(cell => `<td>${cell}</td>`).join('')}</tr>`
}

function summaryTable(outcome: Outcome): string {
  const { systemTotalBytes, recording } = outcome
  const free = recording.latest?.systemFreeBytes
  const system =
    free === undefined ? mib(systemTotalBytes) : `${mib(systemTotalBytes)}, ${mib(free)} of it free at the end`
  const rows = [
    ...summaryRows(outcome).map(([label, text]) => [label, text] as const),
    ['system memory', system] as const,
  ]
  const row = ([label, text]: readonly [string, string]) =>
    `<tr><td class="label">${sentence(label)}</td><td class="text">${escapeHtml(text)}</td></tr>`
  return `<section class="wide"><h2>All figures</h2><table>${rows.map(row).join('')}</table></section>`
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
