import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { VenueDay } from '../../market/items.ts'
import type { Bucket } from '../../storage/bucket.ts'
import { ledgerPrefix } from '../../storage/names.ts'
import { DocumentCache, type DocumentSource } from '../report/document-cache.ts'
import { DocumentFiles } from '../report/document-files.ts'
import { SummaryFiles } from '../report/summary-files.ts'
import { cacheFolder } from './catalog/answer-cache.ts'
import type { CliContext } from './commands/command.ts'
import { toggle } from './flags.ts'
import type { Settings } from './settings.ts'

/** The flag of commands that keep what a bucket's ledger holds. */
export const SUMMARY_CACHE = {
  refresh: toggle(
    'read every manifest of a bucket again; else those that have not changed come from ~/.cache/tick-handler (or XDG_CACHE_HOME)',
  ),
}

interface Refresh {
  readonly refresh?: boolean | undefined
}
type Place = Pick<Settings, 'destination' | 'config'>

/** Summaries of a bucket that are kept on this machine. A folder needs none: reading its manifests is as fast. */
export function openSummaryCache(
  { refresh = false }: Refresh,
  { env, stderr }: Pick<CliContext, 'env' | 'stderr'>,
  settings: Place,
  prefix: string,
): { readonly files: SummaryFiles; readonly refresh: boolean } | undefined {
  const folder = folderOf(env, settings, prefix)
  if (folder === undefined) return undefined
  const warn = (line: string) => stderr.write(`tick-handler: ${line}\n`)
  return { files: new SummaryFiles({ folder, nowMs: Date.now, warn }), refresh }
}

/**
 * Whole manifests and receipts of a bucket, kept on this machine in the same way; of a folder the folder itself.
 * @param days every venue-day that will be read, each once
 */
export function openDocumentCache(
  { refresh = false }: Refresh,
  { env, stderr }: Pick<CliContext, 'env' | 'stderr'>,
  settings: Place,
  { bucket, prefix, days }: { readonly bucket: Bucket; readonly prefix: string; readonly days: readonly VenueDay[] },
): DocumentSource & { readonly trim: () => Promise<void> } {
  const folder = folderOf(env, settings, prefix)
  if (folder === undefined)
    return { read: bucket.read.bind(bucket), list: bucket.list.bind(bucket), trim: async () => {} }
  const warn = (line: string) => stderr.write(`tick-handler: ${line}\n`)
  const files = new DocumentFiles({ folder: join(folder, 'documents'), nowMs: Date.now, warn })
  return new DocumentCache({ bucket, prefix, files, refresh }, days)
}

/** The folder of one ledger of a bucket. */
function folderOf(env: CliContext['env'], { destination, config }: Place, prefix: string): string | undefined {
  if (destination.kind === 'folder') return undefined
  const place = [config.gcsApiEndpoint ?? config.universeDomain, destination.bucket, ledgerPrefix(prefix)]
  const hash = createHash('sha256').update(JSON.stringify(place)).digest('hex').slice(0, 16)
  return cacheFolder(env, `gs-${destination.bucket}-${hash}`)
}
