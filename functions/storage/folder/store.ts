import { mkdirSync, realpathSync, renameSync, rmSync, unlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  factsAt,
  linkOrCopy,
  makeFolder,
  removeEmptyFolders,
  removeEmptyTree,
  syncFolder,
  unlessAbsent,
} from './files.ts'
import { errorCode, FolderError } from './folder-error.ts'
import { lockFolder } from './folder-lock.ts'
import { Generations } from './generations.ts'
import { HIDDEN, objectPath } from './object-path.ts'
import { FolderReader } from './reader.ts'
import type { Metadata, ObjectRecord } from './records.ts'
import { type Staged, StagedFile } from './staged-file.ts'

/** An object as it is; undefined where there is none. */
type Present = ObjectRecord | undefined

/** A content that becomes an object. */
export interface NewObject extends Staged {
  readonly metadata: Metadata
  readonly componentCount?: number
}

/**
 * Objects as plain files, each at its own name below a folder. All else (generations, checksums, the lock, uploads in
 * progress) is in the folder's `.tick-handler/`.
 *
 * Content is synced to disk before it is visible, and renamed into place. Readers see the old object or the new one, also
 * after a SIGKILL at any line. Generations rise, also across restarts. Memory: one piece per upload.
 */
export class FolderStore extends FolderReader implements AsyncDisposable {
  readonly #generations: Generations
  readonly #unlock: () => Promise<void>
  /** Folders in which something was renamed or removed that a power failure may still undo. */
  readonly #unsynced = new Set<string>()
  #syncing: Promise<void> = Promise.resolve()
  #drafts = 0

  private constructor(folder: string, unlock: () => Promise<void>) {
    super(folder)
    this.#unlock = unlock
    this.#generations = new Generations(join(folder, HIDDEN))
  }

  /**
   * Takes a folder for this process alone; it is made where there is none. What an earlier process left unfinished is
   * removed.
   *
   * @throws FolderError IN_USE naming the process that works on it.
   */
  static async open(path: string): Promise<FolderStore> {
    mkdirSync(path, { recursive: true })
    const folder = realpathSync.native(path)
    const hidden = join(folder, HIDDEN)
    mkdirSync(hidden, { recursive: true })
    const unlock = await lockFolder(hidden)
    try {
      rmSync(join(hidden, 'uploads'), { recursive: true, force: true })
      mkdirSync(join(hidden, 'uploads'))
      return new FolderStore(folder, unlock)
    } catch (error) {
      await unlock()
      throw error
    }
  }

  /** Makes what was committed survive a power failure, and gives the folder back. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.sync()
    } finally {
      await this.#unlock()
    }
  }

  /** A file for a content that becomes an object. */
  stage(options?: { readonly md5?: boolean }): StagedFile {
    const path = join(this.folder, HIDDEN, 'uploads', String(this.#drafts++))
    const staged = unlessAbsent(() => new StagedFile(path, options))
    if (staged) return staged
    throw new FolderError(
      'REMOVED',
      `${dirname(path)} was removed while this process works on the folder; run it again`,
    )
  }

  /**
   * A further file of one generation's content, outside of what is visible: a hard link where the file system has them.
   * Undefined where that generation is gone. The caller renames or removes it.
   */
  async stageCopy(name: string, generation: string): Promise<Staged | undefined> {
    const from = objectPath(this.folder, name)
    const path = join(this.folder, HIDDEN, 'uploads', String(this.#drafts++))
    return this.withPresent(name, from, present => {
      if (present?.generation !== generation) return undefined
      linkOrCopy(from, path)
      const { crc32c, md5Hash } = present
      return { path, file: factsAt(path)!, crc32c, ...(md5Hash !== undefined && { md5Hash }) }
    })
  }

  /**
   * Makes a staged content the object's. The rename is the commit; `sync` makes it survive a power failure.
   *
   * @param mayReplace decides by the object as it is, undefined for none. It may throw instead.
   * @returns the object, or undefined where `mayReplace` said no.
   */
  async put(
    name: string,
    { path: from, metadata, ...content }: NewObject,
    mayReplace: (present: Present) => boolean,
  ): Promise<ObjectRecord | undefined> {
    const path = objectPath(this.folder, name)
    return this.withPresent(name, path, present => {
      if (!mayReplace(present)) return undefined
      const record = { ...this.newRecord(content), metadata }
      this.records.write(name, present ? [record, present] : [record])
      this.#moveInto(name, from, path)
      return record
    })
  }

  /**
   * Changes what is said of an object; its content and generation stay.
   *
   * @param check throws where the object as it is must not be changed, or there is none.
   */
  async patch(
    name: string,
    check: (present: Present) => ObjectRecord,
    change: (metadata: Metadata) => Metadata,
  ): Promise<ObjectRecord> {
    return this.withPresent(name, objectPath(this.folder, name), found => {
      const present = check(found)
      const metageneration = present.metageneration + 1
      const updated = new Date().toISOString()
      const record = { ...present, metadata: change(present.metadata), metageneration, updated }
      this.records.write(name, [record])
      return record
    })
  }

  /**
   * @param mayDelete decides by the object as it is, undefined for none. It may throw instead.
   * @returns whether the object was removed.
   */
  async delete(name: string, mayDelete: (present: Present) => boolean): Promise<boolean> {
    const path = objectPath(this.folder, name)
    return this.withPresent(name, path, present => {
      if (!mayDelete(present)) return false
      unlinkSync(path)
      this.#unsynced.add(dirname(path))
      this.records.remove(name)
      removeEmptyFolders(dirname(path), this.folder)
      return true
    })
  }

  /** Makes everything committed so far survive a power failure. Calls at the same time share the work. */
  sync(): Promise<void> {
    const pass = async (): Promise<void> => {
      const folders = [...this.#unsynced]
      this.#unsynced.clear()
      try {
        await Promise.all(folders.map(syncFolder))
      } catch (error) {
        for (const folder of folders) this.#unsynced.add(folder)
        throw error
      }
    }
    this.#syncing = this.#syncing.then(pass, pass)
    return this.#syncing
  }

  protected override nextGeneration(): string {
    return this.#generations.next()
  }

  protected override keep(name: string, record: ObjectRecord): void {
    this.records.write(name, [record])
  }

  #moveInto(name: string, from: string, path: string): void {
    try {
      for (const folder of makeFolder(this.folder, dirname(path))) this.#unsynced.add(folder)
      try {
        renameSync(from, path)
      } catch (error) {
        // Only an empty folder may be in the way.
        if (errorCode(error) !== 'EISDIR' || !removeEmptyTree(path)) throw error
        renameSync(from, path)
      }
      this.#unsynced.add(dirname(path))
    } catch (error) {
      if (!['EISDIR', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY'].includes(errorCode(error) ?? '')) throw error
      const what = 'in a folder, an object cannot also be the folder of others (a and a/b)'
      throw new FolderError('NAME_CLASH', `${name}: ${what}`)
    }
  }
}
