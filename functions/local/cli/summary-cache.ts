import { createHash } from 'node:crypto'
import { ledgerPrefix } from '../../storage/names.ts'
import { SummaryFiles } from '../report/summary-files.ts'
import { cacheFolder } from './catalog/answer-cache.ts'
import type { CliContext } from './commands/command.ts'
import { toggle } from './flags.ts'
import type { Settings } from './settings.ts'

/** The flag of commands that keep summaries of a bucket's manifests. */
export const SUMMARY_CACHE = {
  refresh: toggle(
    'read every manifest of a bucket again; else those that have not changed come from ~/.cache/tick-handler (or XDG_CACHE_HOME)',
  ),
}

/** Summaries of a bucket that are kept on this machine. A folder needs none: reading its manifests is as fast. */
export function openSummaryCache(
  { refresh = false }: { readonly refresh?: boolean | undefined },
  { env, stderr }: Pick<CliContext, 'env' | 'stderr'>,
  { destination, config }: Pick<Settings, 'destination' | 'config'>,
  prefix: string,
): { readonly files: SummaryFiles; readonly refresh: boolean } | undefined {
  if (destination.kind === 'folder') return undefined
  const place = [config.gcsApiEndpoint ?? config.universeDomain, destination.bucket, ledgerPrefix(prefix)]
  const hash = createHash('sha256').update(JSON.stringify(place)).digest('hex').slice(0, 16)
  const folder = cacheFolder(env, `gs-${destination.bucket}-${hash}`)
  const warn = (line: string) => stderr.write(`tick-handler: ${line}\n`)
  return { files: new SummaryFiles({ folder, nowMs: Date.now, warn }), refresh }
}
