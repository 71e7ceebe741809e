import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { containerMemory } from '../../../runtime/memory/cgroup.ts'
import { NotStarted } from '../../monitor/command-process.ts'
import { createSampleFile, type SampleFile } from '../../monitor/csv.ts'
import { type MonitorOptions, type MonitorView, monitor } from '../../monitor/monitor.ts'
import { createProcSource } from '../../monitor/proc-source.ts'
import { createPsSource } from '../../monitor/ps-source.ts'
import { renderReport } from '../../monitor/report.ts'
import { maskSecrets } from '../../monitor/secret-arguments.ts'
import { outcomeDocument, renderSummary } from '../../monitor/summary.ts'
import { createView } from '../../monitor/views.ts'
import { looksOf } from '../../terminal/style.ts'
import type { CommonFlags } from '../common-flags.ts'
import { type FlagValues, natural, text, UsageError } from '../flags.ts'
import { openLog } from '../logging.ts'
import { type CliContext, defineCommand } from './command.ts'

const MIB = 1048576

const flags = {
  report: text('FILE.html', 'write a page with the memory curve, the limit and the processes'),
  csv: text('FILE.csv', 'write every sample as a line of CSV'),
  limit: natural(
    'MB',
    'the memory that the command may use, to compare with (default: the limit of the container)',
    2 ** 30,
  ),
  interval: natural(
    'MS',
    'at most this many milliseconds between samples (default 200; less in the first 20 s)',
    3_600_000,
  ),
  title: text('TEXT', 'title of the run (default: the command)'),
}

export default defineCommand({
  usage: '[flags] -- COMMAND [arguments]',
  about:
    'Runs a command, samples the memory of it and of all processes that it starts, and prints the peak, the growth,\n' +
    'whether it leaks, and what the sampling cost. The input and output of the command are not touched.',
  flags,
  examples: [
    ['tick-handler monitor -- tick-handler demo', 'how much memory the demo takes'],
    [
      'tick-handler monitor --limit 256 --report run.html -- npm test',
      'a page with the memory curve, against a limit of 256 MB',
    ],
  ],
  takesRest: true,
  run: async ({ flags: values, rest }, context) => {
    const [file, ...args] = rest
    if (file === undefined) throw new UsageError(['missing the command: tick-handler monitor -- COMMAND'])
    if (process.platform === 'win32') throw new UsageError(['monitor needs /proc (Linux) or ps (macOS), not Windows'])
    return await watch(values, [file, ...args], context)
  },
})

async function watch(
  values: FlagValues<typeof flags & CommonFlags>,
  command: readonly [string, ...string[]],
  context: CliContext,
): Promise<number> {
  const { env, stderr, cwd } = context
  await using log = await openLog({ flags: values, level: undefined, usual: 'warn', secrets: [] }, context)
  const title = values.title ?? shown(command)
  const limitBytes = values.limit === undefined ? containerMemory().limitBytes : values.limit * MIB
  const samples = values.csv === undefined ? undefined : createSampleFile(resolve(cwd, values.csv))
  const view = createView(stderr, { title, limitBytes, env, quiet: values.quiet === true || values.json === true })
  const options: MonitorOptions = {
    command,
    title,
    env,
    cwd,
    intervalMs: values.interval ?? 200,
    limitBytes,
    createSource: mark => (process.platform === 'linux' ? createProcSource({ mark }) : createPsSource()),
  }
  try {
    log.debug('starting the command', { command: title, intervalMs: options.intervalMs })
    const outcome = await monitor(options, samples === undefined ? view : both(view, samples))
    log.debug('the command ended', outcomeDocument(outcome))
    if (values.json) stderr.write(`${JSON.stringify(outcomeDocument(outcome))}\n`)
    else if (!values.quiet) stderr.write(renderSummary(outcome, looksOf(stderr.isTTY === true, env)))
    if (values.report !== undefined) {
      writeFileSync(resolve(cwd, values.report), renderReport(outcome, maskSecrets(command).join(' ')))
      if (!values.json && !values.quiet) stderr.write(`  report     ${values.report}\n`)
    }
    return outcome.ending.exitCode
  } catch (error) {
    if (!(error instanceof NotStarted)) throw error
    stderr.write(`tick-handler: ${error.message}\n`)
    return error.exitCode
  } finally {
    samples?.close()
  }
}

function both(view: MonitorView, samples: SampleFile): MonitorView {
  return {
    sampled: (sample, recording, elapsedSeconds, ownShare) => {
      samples.add(sample)
      view.sampled(sample, recording, elapsedSeconds, ownShare)
    },
    finish: () => view.finish(),
  }
}

/** The command as a short title: the program without its folder, and its arguments. */
function shown([file, ...args]: readonly [string, ...string[]]): string {
  const name = file.slice(file.lastIndexOf('/') + 1)
  return maskSecrets([name, ...args])
    .join(' ')
    .slice(0, 120)
}
