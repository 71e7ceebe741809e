import { getSystemErrorMap } from 'node:util'
import { DiskFullError } from '../../storage/folder/disk-full-error.ts'
import { bytes } from '../terminal/human.ts'

/** What the system's errors mean, where its own words ("EEXIST: file already exists") say too little. */
const MEANINGS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EADDRINUSE: 'the port is in use',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EEXIST: 'it exists already',
  EISDIR: 'it is a folder',
  ENOENT: 'no such file or folder',
  ENOSPC: 'disk full',
  ENOTDIR: 'a part of the path is no folder',
  ENOTFOUND: 'host not found',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
}

function diskFullText({ path, freeBytes, neededBytes }: DiskFullError): string {
  const free = freeBytes === undefined ? '' : `${bytes(freeBytes)} free, `
  return `disk full: ${path} (${free}at least ${bytes(neededBytes)} needed). Make room and run the same command to resume.`
}

interface SystemError extends Error {
  readonly code: string
  readonly path?: string
  readonly dest?: string
  readonly address?: string
  readonly port?: number
  readonly hostname?: string
}

/** An error as a person reads it: `PATH: permission denied` for the system's errors, the message of any other. */
export function systemErrorText(error: unknown): string {
  if (error instanceof DiskFullError) return diskFullText(error)
  if (!isSystemError(error)) return error instanceof Error ? error.message : String(error)
  const { path, hostname, address, port } = error
  const place = path ?? hostname ?? (address && `${address}${port === undefined ? '' : `:${port}`}`)
  const meaning = MEANINGS[error.code] ?? messageOf(error.code) ?? error.message
  return place ? `${place}: ${meaning}` : meaning
}

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'
}

function messageOf(code: string): string | undefined {
  for (const [name, message] of getSystemErrorMap().values()) if (name === code) return message
  return undefined
}
