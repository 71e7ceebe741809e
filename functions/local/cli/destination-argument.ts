import * as values from '../../runtime/config/values.ts'
import { shown } from '../../runtime/shown.ts'
import type { DestinationValues } from './settings.ts'

/** The destination as flags, also where it was given as a folder or a `gs://` address. */
export function destinationFlags(flags: DestinationValues, rest: readonly string[]) {
  const [destination, ...more] = rest
  const faults = more.map(arg => `unexpected argument ${shown(arg)}`)
  if (destination === undefined) return { flags, faults, prefix: undefined }
  if (flags.bucket || flags['data-dir'])
    faults.push(`${shown(destination)} and --data-dir or --bucket exclude each other`)
  const [, bucket, prefix] = /^gs:\/\/([^/]+)\/?(.*?)\/?$/.exec(destination) ?? []
  if (bucket === undefined) {
    if (/^\w+:\/\//.test(destination))
      faults.push(`unexpected argument ${shown(destination)}, expected a folder or gs://NAME`)
    return { flags: faults.length > 0 ? {} : { ...flags, 'data-dir': destination }, faults, prefix: undefined }
  }
  for (const [reader, text] of [
    [values.bucket, bucket],
    [values.prefix, prefix],
  ] as const) {
    const reading = text ? reader(text) : undefined
    if (reading && 'faults' in reading) faults.push(...reading.faults.map(fault => `${shown(destination)}: ${fault}`))
  }
  return { flags: faults.length > 0 ? {} : { ...flags, bucket }, faults, prefix: prefix || undefined }
}
