import { getSystemErrorMap } from 'node:util'

/** What an error of the system or of a connection means: in words, where it has only a code or says too little. */
export interface Meaning {
  /** `connection refused`, `permission denied`. */
  readonly text: string
  /** The path, host or address that it is about, if the error names one. */
  readonly place: string | undefined
}

const TEXTS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EADDRINUSE: 'the port is in use',
  EAI_AGAIN: 'the host name cannot be looked up now',
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
  ETIMEDOUT: 'no connection in time',
  UND_ERR_BODY_TIMEOUT: 'no more data in time',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no response in time',
  UND_ERR_SOCKET: 'connection closed',
}

interface CodedError extends Error {
  readonly code: string
  readonly path?: string
  readonly address?: string
  readonly port?: number
  readonly hostname?: string
}

/** Undefined for errors of any other kind: their messages speak for themselves. */
export function meaningOf(error: unknown): Meaning | undefined {
  if (!isCoded(error)) return undefined
  const text = (Object.hasOwn(TEXTS, error.code) ? TEXTS[error.code] : undefined) ?? systemText(error)
  if (text === undefined) return undefined
  const { path, hostname, address, port } = error
  return { text, place: path ?? hostname ?? (address && `${address}${port === undefined ? '' : `:${port}`}`) }
}

function isCoded(error: unknown): error is CodedError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
}

/** The system's own words for its other codes. */
function systemText(error: CodedError): string | undefined {
  if (!('syscall' in error)) return undefined
  for (const [name, message] of getSystemErrorMap().values()) if (name === error.code) return message
  return undefined
}
