import * as values from '../../../runtime/config/values.ts'
import { FILE_FORMATS, isGs, renderFiles } from '../../lake/snippets.ts'
import { destinationFlags } from '../destination-argument.ts'
import { EXIT_COMPLETE, EXIT_INCOMPLETE } from '../exit-codes.ts'
import { single } from '../flags.ts'
import { gapLines, isWhole, SELECTION_FLAGS, selectFiles, selectionFaults } from '../selection.ts'
import { rangeFaults, trySettings } from '../settings.ts'
import { defineCommand } from './command.ts'

export default defineCommand({
  usage: '[DIR | gs://NAME[/PREFIX]] [flags]',
  about:
    'Prints the stored files of a selection, from the manifests alone: one path a line, or a query with the explicit list.\nReading a list is much faster than a glob over a large lake, which lists every folder.',
  flags: {
    ...SELECTION_FLAGS,
    as: single('FORMAT', `one of ${FILE_FORMATS.join(', ')} (default paths)`, values.oneOf(FILE_FORMATS)),
  },
  examples: [
    ['tick-handler files --venues deribit --data-types trades', 'one path a line'],
    ['tick-handler files --data-types trades --as duckdb > trades.sql', 'a view for DuckDB: duckdb -init trades.sql'],
    [
      "tick-handler files --venues deribit --instrument-types option --symbols 'BTC-*' --exclude '*-P'",
      'the calls on bitcoin',
    ],
    [
      'tick-handler files gs://my-ticks --start-date 2024-08-01 --end-date 2024-08-31 --as bigquery',
      'a month as tables',
    ],
  ],
  takesRest: true,
  async check({ flags, rest }, context) {
    const destination = destinationFlags(flags, rest)
    const { settings, faults } = await trySettings(destination.flags, context)
    const needsGs = flags.as === 'bigquery' && settings !== undefined && !isGs(settings.destination.shown)
    const bigQuery = needsGs
      ? [`--as bigquery: found the folder ${settings.destination.shown}, expected gs://NAME`]
      : []
    return [...destination.faults, ...rangeFaults(flags), ...selectionFaults(flags), ...faults, ...bigQuery]
  },
  async run({ flags, rest }, context) {
    await using selected = await selectFiles(flags, destinationFlags(flags, rest), context)
    const { files, notComplete, place } = selected
    const { stdout, stderr } = context
    if (flags.json)
      stdout.write(`${JSON.stringify({ where: place.shown, prefix: place.prefix, files, notComplete })}\n`)
    else if (!flags.quiet) stdout.write(renderFiles(flags.as ?? 'paths', place, files))
    for (const line of gapLines(selected)) stderr.write(`tick-handler: ${line}\n`)
    return isWhole(selected) ? EXIT_COMPLETE : EXIT_INCOMPLETE
  },
})
