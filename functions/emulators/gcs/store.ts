import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, rename, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { crc32c, crc32cText } from '../../storage/crc32c.ts'
import { clash, errorCode, noObject } from './api-error.ts'
import { type FileFacts, openFile, removeEmptyFolders, removeEmptyTree, syncFolder } from './files.ts'
import type { Generations } from './generations.ts'
import { KeyedLock } from './keyed-lock.ts'
import { HIDDEN, objectPath } from './paths.ts'
import { checkPreconditions, type Preconditions } from './preconditions.ts'
import { type Metadata, type ObjectRecord, Sidecars } from './sidecars.ts'
import { type Staged, StagedFile } from './staged-file.ts'

/** An object opened for reading: this generation's bytes, whatever is written meanwhile. The handle must be closed. */
export interface OpenObject {
  readonly handle: FileHandle
  readonly record: ObjectRecord
}

/** What may be asked of a stored object before something is done to it. */
export interface Target {
  readonly name: string
  /** Only if it is this generation; others count as not there. */
  readonly generation?: string | undefined
  readonly preconditions: Preconditions
}

/**
 * Objects as plain files. Changes to one name happen one after the other; each is one renaming (or removal) of a file,
 * so a kill at any line leaves the old object or the new one.
 */
export class Store {
  readonly folder: string
  readonly bucket: string
  readonly #sidecars: Sidecars
  readonly #generations: Generations
  readonly #lock = new KeyedLock()
  #drafts = 0

  constructor(folder: string, bucket: string, generations: Generations) {
    this.folder = folder
    this.bucket = bucket
    this.#sidecars = new Sidecars(join(folder, HIDDEN, 'objects'), () => this.#draft())
    this.#generations = generations
  }

  /** A file for a content that is to become an object. */
  stage(): Promise<StagedFile> {
    return StagedFile.create(this.#draft())
  }

  /** Refuses early what `put` would refuse now: a name that cannot be, a precondition that does not hold. */
  async check({ name, preconditions }: Target): Promise<void> {
    const path = objectPath(this.folder, name)
    await this.#lock.run(name, async () => checkPreconditions(preconditions, await this.#find(name, path), 'write'))
  }

  /** Makes a staged content the object's. The renaming is the commit. */
  put(
    { name, preconditions }: Target,
    staged: Staged,
    metadata: Metadata,
    componentCount?: number,
  ): Promise<ObjectRecord> {
    const path = objectPath(this.folder, name)
    return this.#lock.run(name, async () => {
      const present = await this.#find(name, path)
      checkPreconditions(preconditions, present, 'write')
      const record = { ...this.#newRecord(staged, metadata), ...(componentCount ? { componentCount } : {}) }
      await this.#sidecars.write(name, present ? [record, present] : [record])
      await this.#moveInto(name, path, staged.path)
      return record
    })
  }

  /** @throws ApiError 404, 412 or 304. */
  open({ name, generation, preconditions }: Target): Promise<OpenObject> {
    const path = objectPath(this.folder, name)
    return this.#lock.run(name, async () => {
      const file = await openFile(path)
      if (!file) throw noObject(this.bucket, name)
      try {
        const record = await this.#recordOf(name, file.handle, file.facts)
        this.#checkTarget(name, record, generation, preconditions, 'read')
        return { handle: file.handle, record }
      } catch (error) {
        await file.handle.close()
        throw error
      }
    })
  }

  /** @throws ApiError 404, 412 or 304. */
  async stat(target: Target): Promise<ObjectRecord> {
    const { handle, record } = await this.open(target)
    await handle.close()
    return record
  }

  /** Changes what is said of an object; its content and generation stay. */
  patch(target: Target, change: (metadata: Metadata) => Metadata): Promise<ObjectRecord> {
    const { name, generation, preconditions } = target
    const path = objectPath(this.folder, name)
    return this.#lock.run(name, async () => {
      const present = this.#checkTarget(name, await this.#find(name, path), generation, preconditions, 'write')
      const metageneration = present.metageneration + 1
      const updated = new Date().toISOString()
      const record = { ...present, metadata: change(present.metadata), metageneration, updated }
      await this.#sidecars.write(name, [record])
      return record
    })
  }

  delete({ name, generation, preconditions }: Target): Promise<void> {
    const path = objectPath(this.folder, name)
    return this.#lock.run(name, async () => {
      this.#checkTarget(name, await this.#find(name, path), generation, preconditions, 'write')
      await unlink(path)
      await syncFolder(dirname(path))
      await this.#sidecars.remove(name)
      await removeEmptyFolders(dirname(path), this.folder)
    })
  }

  /** Drafts of an earlier process are removed before there is a Store. */
  #draft(): string {
    return join(this.folder, HIDDEN, 'uploads', String(this.#drafts++))
  }

  #checkTarget(
    name: string,
    record: ObjectRecord | undefined,
    generation: string | undefined,
    preconditions: Preconditions,
    kind: 'read' | 'write',
  ): ObjectRecord {
    if (!record || (generation !== undefined && record.generation !== generation)) throw noObject(this.bucket, name)
    checkPreconditions(preconditions, record, kind)
    return record
  }

  async #find(name: string, path: string): Promise<ObjectRecord | undefined> {
    const file = await openFile(path)
    if (!file) return undefined
    try {
      return await this.#recordOf(name, file.handle, file.facts)
    } finally {
      await file.handle.close()
    }
  }

  /** The record of a file; one that came here by other ways (copied in, changed by hand) is given one. */
  async #recordOf(name: string, handle: FileHandle, file: FileFacts): Promise<ObjectRecord> {
    const known = await this.#sidecars.find(name, file)
    if (known) return known
    const record = this.#newRecord({ file, ...(await hashesOf(handle)) }, {})
    await this.#sidecars.write(name, [record])
    return record
  }

  #newRecord({ file, crc32c, md5Hash }: Omit<Staged, 'path'>, metadata: Metadata): ObjectRecord {
    const now = new Date().toISOString()
    const generation = this.#generations.next()
    const md5 = md5Hash === undefined ? {} : { md5Hash }
    return { file, generation, metageneration: 1, crc32c, ...md5, timeCreated: now, updated: now, metadata }
  }

  async #moveInto(name: string, path: string, from: string): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        const made = await mkdir(dirname(path), { recursive: true })
        await rename(from, path)
        for (let folder = dirname(path); ; folder = dirname(folder)) {
          await syncFolder(folder)
          if (!made || folder === dirname(made)) return
        }
      } catch (error) {
        const code = errorCode(error) ?? ''
        // Somebody may have removed the folder between, empty as it was, and an empty one may be in the way.
        const mayPass = code === 'ENOENT' || (code === 'EISDIR' && (await removeEmptyTree(path)))
        if (mayPass && tries < 10) continue
        throw ['EISDIR', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY'].includes(code) ? clash(name) : error
      }
    }
  }
}

async function hashesOf(handle: FileHandle): Promise<{ crc32c: string; md5Hash: string }> {
  const md5 = createHash('md5')
  const buffer = Buffer.alloc(1024 * 1024)
  let crc = 0
  for (let at = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at)
    if (bytesRead === 0) return { crc32c: crc32cText(crc), md5Hash: md5.digest('base64') }
    const data = buffer.subarray(0, bytesRead)
    crc = crc32c(data, crc)
    md5.update(data)
    at += bytesRead
  }
}
