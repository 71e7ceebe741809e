import { errorCode } from '../../storage/folder/folder-error.ts'

/** A response that is not a success, in the shape of the JSON API: https://cloud.google.com/storage/docs/json_api/v1/status-codes */
export class ApiError extends Error {
  readonly status: number
  readonly reason: string

  constructor(status: number, reason: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.status = status
    this.reason = reason
  }

  toJSON() {
    const { status: code, reason, message } = this
    return { error: { code, message, errors: [{ message, domain: 'global', reason }] } }
  }
}

export const invalid = (message: string): ApiError => new ApiError(400, 'invalid', message)
export const noObject = (bucket: string, name: string): ApiError =>
  new ApiError(404, 'notFound', `No such object: ${bucket}/${name}`)
export const noBucket = (): ApiError => new ApiError(404, 'notFound', 'The specified bucket does not exist.')
export const noSession = (): ApiError =>
  new ApiError(404, 'notFound', 'No such upload session; begin the upload again.')

const STATUS_OF_CODE: Readonly<Record<string, readonly [number, string, string]>> = {
  ENOSPC: [507, 'insufficientStorage', 'no space left on the disk of this bucket'],
  EDQUOT: [507, 'insufficientStorage', 'the disk quota of this bucket is used up'],
  EFBIG: [507, 'insufficientStorage', 'the object is too large for the file system of this bucket'],
  EACCES: [403, 'forbidden', 'permission denied'],
  EPERM: [403, 'forbidden', 'permission denied'],
  EROFS: [403, 'forbidden', 'the file system is read-only'],
  SYMBOLIC_LINK: [403, 'forbidden', 'the object would be elsewhere'],
  INVALID_NAME: [400, 'invalid', 'invalid argument'],
  NAME_CLASH: [409, 'conflict', 'a name is in the way'],
  EMFILE: [503, 'backendError', 'too many open files'],
  ENFILE: [503, 'backendError', 'too many open files'],
}

/** The response for anything that was thrown. An unknown error is a 500, which clients retry. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  const { code, message } = (error ?? {}) as { code?: string; message?: string }
  const [status, reason, what] = STATUS_OF_CODE[code ?? ''] ?? [500, 'internalError', 'the local bucket failed']
  return new ApiError(status, reason, `${what} (${message ?? error})`, error)
}

/** True where the disk is full. */
export const isDiskFull = (error: unknown): boolean => STATUS_OF_CODE[errorCode(error) ?? '']?.[0] === 507
