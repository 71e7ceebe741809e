import type { Config } from '../runtime/config/config.ts'
import type { GcsBucketOptions } from './gcs.ts'

export type GcsConfig = Pick<
  Config,
  | 'gcsPrefix'
  | 'gcsApiEndpoint'
  | 'gcsUserProject'
  | 'gcsRetentionDays'
  | 'gcsRetentionMode'
  | 'universeDomain'
  | 'proxies'
>

/** How the environment wants a bucket to be used. Retention is for Parquet objects alone: the ledger is replaced. */
export function gcsOptions(bucket: string, config: GcsConfig, now: () => number): GcsBucketOptions {
  const { gcsApiEndpoint: apiEndpoint, gcsUserProject: userProject, universeDomain, gcsRetentionDays: days } = config
  const rule = { namePrefix: `${config.gcsPrefix}/`, days, mode: config.gcsRetentionMode, now }
  const { proxies } = config
  return { bucket, apiEndpoint, userProject, universeDomain, proxies, ...(days > 0 && { retention: rule }) }
}
