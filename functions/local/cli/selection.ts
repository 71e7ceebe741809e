import { openLedger } from '../../ledger/ledger.ts'
import { parseScheduleRequest } from '../../pubsub/messages.ts'
import type { Bucket } from '../../storage/bucket.ts'
import type { LakePlace } from '../lake/snippets.ts'
import { readStoredFiles, type StoredFiles } from '../lake/stored-files.ts'
import { type OpenDestination, openForReading } from '../pipeline/destination.ts'
import { ItemChoice, type ItemSelection } from '../report/item-choice.ts'
import { recordedVenues, type SurveyRange } from '../report/survey.ts'
import { counted } from '../terminal/human.ts'
import type { CliContext } from './commands/command.ts'
import { type FlagValues, inFlags } from './flags.ts'
import {
  DATASET_FLAGS,
  DESTINATION_FLAGS,
  type DestinationValues,
  RANGE_FLAGS,
  readSettings,
  selectionOfFlags,
} from './settings.ts'

/** The flags of a command that reads what is stored. */
export const SELECTION_FLAGS = {
  ...DESTINATION_FLAGS,
  'data-dir': { ...DESTINATION_FLAGS['data-dir'], about: 'folder to read (default ./data, unless GCS_BUCKET is set)' },
  ...RANGE_FLAGS,
  venues: {
    ...RANGE_FLAGS.venues,
    about: 'only these exchange ids, also patterns such as binance* (default all recorded)',
  },
  'data-types': { ...DATASET_FLAGS['data-types'], about: 'only these data types (default all that are recorded)' },
  symbols: { ...DATASET_FLAGS.symbols, about: "only these symbols, also patterns such as 'BTC-*' (default all)" },
  'instrument-types': DATASET_FLAGS['instrument-types'],
  exclude: DATASET_FLAGS.exclude,
}

type SelectionValues = FlagValues<typeof SELECTION_FLAGS>
type ItemValues = Pick<SelectionValues, 'data-types' | 'symbols' | 'instrument-types' | 'exclude'>

/** The stored files of a selection, where they are, and the bucket to read them from until disposal. */
export interface Selected extends StoredFiles, OpenDestination {
  readonly place: LakePlace
  /** The folder of the files as an absolute path; undefined for a bucket. */
  readonly folder: string | undefined
  readonly choice: ItemChoice
}

/** The stored files that the flags select. @throws ConfigError, Error where the destination cannot be read */
export async function selectFiles(
  flags: SelectionValues,
  destination: { readonly flags: DestinationValues; readonly prefix: string | undefined },
  context: CliContext,
): Promise<Selected> {
  const settings = await readSettings(destination.flags, context)
  const prefix = destination.prefix ?? settings.config.gcsPrefix
  const opened = await openForReading(settings)
  const { bucket } = opened
  const ledger = openLedger(bucket, prefix)
  const choice = new ItemChoice(itemsOf(flags), ledger)
  try {
    const stored = await readStoredFiles(bucket, ledger, prefix, await rangeOf(flags, bucket, prefix), choice)
    const folder = settings.destination.kind === 'folder' ? settings.destination.folder : undefined
    const place = { shown: settings.destination.shown, prefix }
    return { ...stored, place, folder, bucket, choice, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() }
  } catch (error) {
    await opened[Symbol.asyncDispose]()
    throw error
  }
}

/** What the flags choose of the items of a venue-day. */
export function itemsOf(flags: ItemValues): ItemSelection {
  return { ...(flags['data-types'] && { dataTypes: flags['data-types'] }), ...selectionOfFlags(flags) }
}

/** The venues and days that the flags choose. A pattern stands for venues that are recorded. */
export async function rangeOf(
  flags: Pick<SelectionValues, 'venues' | 'start-date' | 'end-date'>,
  bucket: Bucket,
  prefix: string,
): Promise<SurveyRange> {
  return {
    ...(flags.venues && { venues: await recordedVenues(bucket, prefix, flags.venues) }),
    ...(flags['start-date'] && { startDate: flags['start-date'] }),
    ...(flags['end-date'] && { endDate: flags['end-date'] }),
  }
}

/** What is wrong with the symbols that the flags choose, in the words of a request. */
export function selectionFaults(flags: ItemValues): string[] {
  const parsed = parseScheduleRequest(JSON.stringify(selectionOfFlags(flags)))
  return parsed.ok ? [] : [inFlags(parsed.reason)]
}

const MAX_NAMED_DAYS = 5

const MAX_NAMED_SYMBOLS = 5

/** The symbols that were left out because the bucket does not tell their type, as one line; none where there are none. */
export function untypedLines({ untyped }: ItemChoice): string[] {
  if (untyped.size === 0) return []
  const named = [...untyped].sort().slice(0, MAX_NAMED_SYMBOLS)
  const more = untyped.size > named.length ? ' …' : ''
  return [
    `left out ${counted(untyped.size, 'symbol')} of which the bucket does not tell the type (${named.join(', ')}${more}): name them without --instrument-types, or download the data type instruments of these days`,
  ]
}

/** What can be missing from the files, one line each: venue-days that are not complete, symbols of no known type, or everything. */
export function gapLines({ files, notComplete, place, choice }: Selected): string[] {
  const lines = notComplete
    .slice(0, MAX_NAMED_DAYS)
    .map(({ venue, date, reason }) => `${venue} ${date} is not complete: ${reason}`)
  const more = notComplete.length - lines.length
  if (more > 0) lines.push(`${counted(more, 'more venue-day')} not complete: run status for the reasons`)
  lines.push(...untypedLines(choice))
  const types = choice.types.size > 0 ? ` (types there: ${[...choice.types].sort().join(', ')})` : ''
  if (files.length === 0) lines.push(`no stored file of this selection is recorded in ${place.shown}${types}`)
  return lines
}

/** True where there are files, and nothing that was asked for can be missing from them. */
export function isWhole({ files, notComplete, choice }: Selected): boolean {
  return files.length > 0 && notComplete.length === 0 && choice.untyped.size === 0
}
