import { isGrouped } from '../../../market/symbols.ts'
import { counted } from '../../terminal/human.ts'
import { isTerminal, looksOf, widthOf } from '../../terminal/style.ts'
import { withCatalog } from '../catalog/catalog.ts'
import { CATALOG_FLAGS } from '../catalog/flags.ts'
import { symbolFilter } from '../catalog/listing.ts'
import { csvOf, renderColumns, symbolColumns } from '../catalog/text.ts'
import { venuesNamed } from '../download/venue-ids.ts'
import { EXIT_COMPLETE, EXIT_INCOMPLETE } from '../exit-codes.ts'
import { MISSING_VENUES, RANGE_FLAGS, readSettings, tryConfig } from '../settings.ts'
import { defineCommand } from './command.ts'

const GROUPED = 'SPOT, FUTURES, PERPETUALS and OPTIONS are grouped symbols: one file has all instruments of the type'

export default defineCommand({
  usage: '--venues V,… [flags]',
  about:
    'Prints the symbols that Tardis has of a venue: type, first and last day, data types. A symbol without a last day is still recorded. Needs no API key; the answer is kept for a day.\nIn patterns, as in all names of symbols, case, / and : do not matter.',
  flags: { venues: RANGE_FLAGS.venues, ...CATALOG_FLAGS },
  examples: [
    ['tick-handler symbols --venues deribit --type perpetual', 'all perpetuals of Deribit'],
    [
      "tick-handler symbols --venues deribit --type option --match 'BTC-*' --on 2024-08-01",
      'the options on bitcoin that were listed on a day',
    ],
    ["tick-handler symbols --venues binance --match '*USDT' --exclude '*UPUSDT,*DOWNUSDT' --csv", 'as CSV'],
  ],
  async check({ flags, given }, context) {
    const { config, faults } = await tryConfig(flags, context)
    const needsVenues = !given.has('venues') && config?.venues.length === 0
    const both = flags.csv && flags.json ? ['--csv and --json exclude each other'] : []
    return [...(needsVenues ? [MISSING_VENUES] : []), ...both, ...faults]
  },
  async run({ flags }, context) {
    const patterns = flags.venues ?? (await readSettings(flags, context)).config.venues
    return await withCatalog(flags, context, async catalog => {
      const { stdout, stderr, env } = context
      const { listings, failed } = await catalog.listings(await venuesNamed(patterns, () => catalog.venueIds()))
      const choice = { types: flags.type, dataTypes: flags['data-types'], match: flags.match, exclude: flags.exclude }
      const isChosen = symbolFilter({ ...choice, on: flags.on })
      const all = listings.flatMap(({ venue, symbols }) => symbols.map(symbol => ({ venue, ...symbol })))
      const symbols = all.filter(isChosen)
      const columns = symbolColumns(symbols)
      if (flags.json) stdout.write(`${JSON.stringify({ symbols, failed })}\n`)
      else if (flags.csv) for (const line of csvOf(columns)) stdout.write(line)
      else if (!flags.quiet && symbols.length > 0) {
        stdout.write(renderColumns(columns, looksOf(isTerminal(stdout), env), widthOf(stdout)))
        if (symbols.some(({ symbol }) => isGrouped(symbol))) stderr.write(`${GROUPED}\n`)
      }
      for (const { venue, error } of failed) stderr.write(`tick-handler: ${venue}: ${error}\n`)
      if (symbols.length > 0) return failed.length === 0 ? EXIT_COMPLETE : EXIT_INCOMPLETE
      const types = [...new Set(all.map(({ type }) => type))].join(', ')
      stderr.write(`tick-handler: none of ${counted(all.length, 'symbol')} is like this (types: ${types})\n`)
      return EXIT_INCOMPLETE
    })
  },
})
