import type { Flags, FlagValues, list } from './flags.ts'
import { type FileSettings, SELECTION_NAMES, SETTINGS_FILE } from './settings-file.ts'

type Values = FlagValues<Readonly<Record<(typeof SELECTION_NAMES)[number], ReturnType<typeof list>>>>

/**
 * What `tick-handler.json` chooses, for a command that takes all of these flags; a flag on the command line goes before it.
 * The flags read it, so that it means the same. Pure.
 */
export function selectionDefaults(
  file: FileSettings['flags'],
  flags: Flags,
): { readonly values: Values; readonly faults: readonly string[] } {
  const faults: string[] = []
  const values: Record<string, unknown> = {}
  const takes = SELECTION_NAMES.every(name => Object.hasOwn(flags, name))
  for (const name of takes ? SELECTION_NAMES : []) {
    const text = file[name]
    if (text === undefined) continue
    const reading = flags[name]!.read([text].flat())
    if ('value' in reading) values[name] = reading.value
    else faults.push(...reading.faults.map(fault => `${SETTINGS_FILE}: ${name}: ${fault}`))
  }
  return { values, faults }
}
