import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { containerMemory } from '../../../runtime/memory/cgroup.ts'
import { NotStarted } from '../../monitor/command-process.ts'
import { createSampleFile, type SampleFile } from '../../monitor/csv.ts'
import { type MonitorOptions, type MonitorView, monitor } from '../../monitor/monitor.ts'
import { createProcSource } from '../../monitor/proc-source.ts'
import { createPsSource } from '../../monitor/ps-source.ts'
import { renderReport } from '../../monitor/report.ts'
import { renderSummary } from '../../monitor/summary.ts'
import { createView } from '../../monitor/views.ts'
import { looksOf } from '../../terminal/style.ts'
import { type FlagValues, natural, text, toggle, UsageError } from '../flags.ts'
import { defineCommand, type Surroundings } from './command.ts'

const MIB = 1048576

const flags = {
  report: text('FILE.html', 'write a page with the curve, the limit and the processes'),
  csv: text('FILE.csv', 'write every sample as a line'),
  limit: natural(
    'MB',
    'the memory that the command may have, for the picture (default: the container’s limit)',
    2 ** 30,
  ),
  interval: natural('MS', 'milliseconds between two samples (default: 200; finer in the first seconds)', 3_600_000),
  title: text('TEXT', 'what to call the run (default: the command)'),
  quiet: toggle('no live view, only the summary'),
}

export default defineCommand({
  usage: '[flags] -- COMMAND [arguments]',
  about:
    'Runs a command, watches the memory of it and of all that it starts, and tells at the end the peak, the growth,\n' +
    'whether it leaks, and what the watching cost. The command’s input and output are left as they are.',
  flags,
  examples: [
    ['tick-handler monitor -- tick-handler demo', 'how much memory the demo takes'],
    ['tick-handler monitor --limit 256 --report run.html -- npm test', 'a page with the curve, against 256 MB'],
  ],
  exitCodes: [
    [0, 'the command’s own; 128 and more if a signal ended it'],
    [2, 'the command line cannot be understood'],
    [126, 'the command cannot be run'],
    [127, 'there is no such command'],
  ],
  takesRest: true,
  run: async ({ flags: values, rest }, surroundings) => {
    const [file, ...args] = rest
    if (file === undefined) throw new UsageError(['a command is missing: tick-handler monitor -- COMMAND'])
    if (process.platform === 'win32') throw new UsageError(['monitor needs /proc (Linux) or ps (macOS), not Windows'])
    return await watch(values, [file, ...args], surroundings)
  },
})

async function watch(
  values: FlagValues<typeof flags>,
  command: readonly [string, ...string[]],
  { env, stderr, cwd }: Surroundings,
): Promise<number> {
  const title = values.title ?? shown(command)
  const limitBytes = values.limit === undefined ? containerMemory().limitBytes : values.limit * MIB
  const samples = values.csv === undefined ? undefined : createSampleFile(resolve(cwd, values.csv))
  const view = createView(stderr, { title, limitBytes, env, quiet: values.quiet === true })
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
    const outcome = await monitor(options, samples === undefined ? view : both(view, samples))
    stderr.write(renderSummary(outcome, looksOf(stderr.isTTY === true, env)))
    if (values.report !== undefined) {
      writeFileSync(resolve(cwd, values.report), renderReport(outcome, command.join(' ')))
      stderr.write(`  report     ${values.report}\n`)
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
  return [file.slice(file.lastIndexOf('/') + 1), ...args].join(' ').slice(0, 120)
}
