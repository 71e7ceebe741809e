import { counted } from '../../terminal/human.ts'
import { progressBar } from '../../terminal/progress-bar.ts'
import { isTerminal, looksOf, widthOf } from '../../terminal/style.ts'
import { withCatalog } from '../catalog/catalog.ts'
import { CATALOG_FLAGS } from '../catalog/flags.ts'
import { venueFilter } from '../catalog/listing.ts'
import { csvOf, renderColumns, venueColumns } from '../catalog/text.ts'
import { EXIT_COMPLETE, EXIT_INCOMPLETE } from '../exit-codes.ts'
import { tryConfig } from '../settings.ts'
import { defineCommand } from './command.ts'

export default defineCommand({
  usage: '[flags]',
  about:
    'Prints the venues that Tardis has: first and last day, number of symbols, types and data types. A venue without a last day is still recorded. Needs no API key.\nThe first call asks for each venue, which takes a while; for a day afterwards the answer is there at once, also offline.',
  flags: CATALOG_FLAGS,
  examples: [
    ['tick-handler venues', 'all of them'],
    ["tick-handler venues --match 'binance*' --type option", 'those of Binance that have options'],
    ['tick-handler venues --data-types liquidations --on 2020-01-01', 'with liquidations on that day'],
  ],
  async check({ flags }, context) {
    const both = flags.csv && flags.json ? ['--csv and --json exclude each other'] : []
    return [...both, ...(await tryConfig(flags, context)).faults]
  },
  run({ flags }, context) {
    return withCatalog(flags, context, async catalog => {
      const { stdout, stderr, env } = context
      const ids = await catalog.venueIds()
      using bar = progressBar(stderr, env, 'venues', ids.length, flags.quiet)
      const { summaries, failed } = await catalog.summaries(ids, done => bar.update(done))
      bar[Symbol.dispose]()
      const choice = { types: flags.type, dataTypes: flags['data-types'], match: flags.match, exclude: flags.exclude }
      const venues = summaries.filter(venueFilter({ ...choice, on: flags.on }))
      const columns = venueColumns(venues)
      if (flags.json) stdout.write(`${JSON.stringify({ venues, failed })}\n`)
      else if (flags.csv) for (const line of csvOf(columns)) stdout.write(line)
      else if (!flags.quiet && venues.length > 0)
        stdout.write(renderColumns(columns, looksOf(isTerminal(stdout), env), widthOf(stdout)))
      for (const { venue, error } of failed) stderr.write(`tick-handler: ${venue}: ${error}\n`)
      if (venues.length === 0) stderr.write(`tick-handler: none of ${counted(ids.length, 'venue')} is like this\n`)
      return failed.length === 0 && venues.length > 0 ? EXIT_COMPLETE : EXIT_INCOMPLETE
    })
  },
})
