import { openLedger } from '../../ledger/ledger.ts'
import type { LakePlace } from '../lake/snippets.ts'
import { readStoredFiles, type Selection, type StoredFiles } from '../lake/stored-files.ts'
import { type OpenDestination, openForReading } from '../pipeline/destination.ts'
import { recordedVenues } from '../report/survey.ts'
import { counted } from '../terminal/human.ts'
import type { CliContext } from './commands/command.ts'
import type { FlagValues } from './flags.ts'
import { DATASET_FLAGS, DESTINATION_FLAGS, type DestinationValues, RANGE_FLAGS, readSettings } from './settings.ts'

/** The flags of a command that reads what is stored. */
export const SELECTION_FLAGS = {
  ...DESTINATION_FLAGS,
  'data-dir': { ...DESTINATION_FLAGS['data-dir'], about: 'folder to read (default ./data, unless GCS_BUCKET is set)' },
  ...RANGE_FLAGS,
  venues: { ...RANGE_FLAGS.venues, about: 'only these exchange ids (default all that are recorded)' },
  'data-types': { ...DATASET_FLAGS['data-types'], about: 'only these data types (default all that are recorded)' },
  symbols: { ...DATASET_FLAGS.symbols, about: 'only the files of these symbols (default all)' },
}

type SelectionValues = FlagValues<typeof SELECTION_FLAGS>

/** The stored files of a selection, where they are, and the bucket to read them from until disposal. */
export interface Selected extends StoredFiles, OpenDestination {
  readonly place: LakePlace
  /** The folder of the files as an absolute path; undefined for a bucket. */
  readonly folder: string | undefined
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
  try {
    // A pattern stands for venues that are recorded.
    const venues = flags.venues && { venues: await recordedVenues(bucket, prefix, flags.venues) }
    const stored = await readStoredFiles(bucket, openLedger(bucket, prefix), prefix, {
      ...selectionOf(flags),
      ...venues,
    })
    const folder = settings.destination.kind === 'folder' ? settings.destination.folder : undefined
    const place = { shown: settings.destination.shown, prefix }
    return { ...stored, place, folder, bucket, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() }
  } catch (error) {
    await opened[Symbol.asyncDispose]()
    throw error
  }
}

/** What the flags select. */
export function selectionOf(flags: SelectionValues): Selection {
  return {
    ...(flags.venues && { venues: flags.venues }),
    ...(flags['start-date'] && { startDate: flags['start-date'] }),
    ...(flags['end-date'] && { endDate: flags['end-date'] }),
    ...(flags['data-types'] && { dataTypes: flags['data-types'] }),
    ...(flags.symbols && { symbols: flags.symbols }),
  }
}

const MAX_NAMED_DAYS = 5

/** What can be missing from the files, one line each: venue-days that are not complete, or everything. */
export function gapLines({ files, notComplete, place }: StoredFiles & { readonly place: LakePlace }): string[] {
  const lines = notComplete
    .slice(0, MAX_NAMED_DAYS)
    .map(({ venue, date, reason }) => `${venue} ${date} is not complete: ${reason}`)
  const more = notComplete.length - lines.length
  if (more > 0) lines.push(`${counted(more, 'more venue-day')} not complete: run status for the reasons`)
  if (files.length === 0) lines.push(`no stored file of this selection is recorded in ${place.shown}`)
  return lines
}
