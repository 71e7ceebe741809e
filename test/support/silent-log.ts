import type { Log } from '../../functions/runtime/log/log.ts'

/** A log that writes nothing. */
export const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => SILENT }
