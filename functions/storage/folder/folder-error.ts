/**
 * Why a folder cannot do what a bucket could. What the operating system refuses is thrown as it comes, with its own code.
 *
 * - `INVALID_NAME`: the object's name is no path below the folder.
 * - `NAME_CLASH`: a file is where a folder must be, or the other way round.
 * - `SYMBOLIC_LINK`: a folder on the object's path is a symbolic link.
 * - `CHANGING`: another program writes to the file while it is read.
 * - `IN_USE`: another process works on the folder.
 * - `REMOVED`: the hidden folder was removed while this process works on the folder.
 * - `DAMAGED`: the file's content does not have its recorded checksum.
 */
export type FolderErrorCode =
  | 'INVALID_NAME'
  | 'NAME_CLASH'
  | 'SYMBOLIC_LINK'
  | 'CHANGING'
  | 'IN_USE'
  | 'REMOVED'
  | 'DAMAGED'

export class FolderError extends Error {
  override readonly name = 'FolderError'
  readonly code: FolderErrorCode

  constructor(code: FolderErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

export function errorCode(error: unknown): string | undefined {
  return (error as { code?: string } | null)?.code
}
