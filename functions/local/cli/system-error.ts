import { meaningOf } from '../../runtime/system-error.ts'
import { DiskFullError } from '../../storage/folder/disk-full-error.ts'
import { bytes } from '../terminal/human.ts'

/** An error as a person reads it: `PATH: permission denied` for the system's errors, the message of any other. */
export function systemErrorText(error: unknown): string {
  if (error instanceof DiskFullError) return diskFullText(error)
  const meaning = meaningOf(error)
  if (meaning) return meaning.place ? `${meaning.place}: ${meaning.text}` : meaning.text
  return error instanceof Error ? error.message : String(error)
}

function diskFullText({ path, freeBytes, neededBytes }: DiskFullError): string {
  const free = freeBytes === undefined ? '' : `${bytes(freeBytes)} free, `
  return `disk full: ${path} (${free}at least ${bytes(neededBytes)} needed). Make room and run the same command to resume.`
}
