import { isTerminal, looksOf, paint, printable, shorten, widthOf } from '../../terminal/style.ts'
import { renderTable } from '../../terminal/table.ts'
import { EXIT_COMPLETE } from '../exit-codes.ts'
import { selectionFaults } from '../selection.ts'
import { DATASET_FLAGS, DESTINATION_FLAGS, RANGE_FLAGS, readSettings, readSources, trySettings } from '../settings.ts'
import { type SettingRow, settingRows } from '../settings-table.ts'
import { defineCommand } from './command.ts'

export default defineCommand({
  usage: '[flags]',
  about:
    'Prints every setting with the value that commands use, and where it comes from. A flag goes before the environment,\nthe environment before .env, .env before tick-handler.json, and that before the default. Writes nothing, and shows no key.',
  flags: { ...DESTINATION_FLAGS, venues: RANGE_FLAGS.venues, ...DATASET_FLAGS },
  examples: [
    ['tick-handler config', 'as set here'],
    ['tick-handler config --bucket my-ticks', 'as a command with this flag has it'],
    ['tick-handler config --json | jq \'.settings[] | select(.from != "default")\'', 'what differs from the defaults'],
  ],
  async check({ flags }, context) {
    return [...selectionFaults(flags), ...(await trySettings(flags, context)).faults]
  },
  async run({ flags, given }, context) {
    const { stdout, env } = context
    const settings = await readSettings(flags, context)
    const rows = settingRows(flags, given, await readSources(flags.settings, context), settings)
    if (flags.json) stdout.write(`${JSON.stringify({ settings: rows.map(documentOf) })}\n`)
    else if (!flags.quiet) {
      const looks = looksOf(isTerminal(stdout), env)
      const cells = rows.map(({ name, value, from }) => [name, from, printable(textOf(value))])
      const [header, ...lines] = renderTable([['setting', 'from', 'value'], ...cells], 3)
      const fitting = lines.map(line => shorten(line, widthOf(stdout), looks.unicode))
      stdout.write(`${[paint(header!, 'dim', looks), ...fitting].join('\n')}\n`)
    }
    return EXIT_COMPLETE
  },
})

function documentOf({ name, value, from }: SettingRow) {
  return { name, value: value ?? null, from }
}

function textOf(value: SettingRow['value']): string {
  if (value === undefined) return '–'
  return typeof value === 'object' ? value.join() || '–' : String(value)
}
