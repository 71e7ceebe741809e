import { closeSync } from 'node:fs'
import type { OpenObject } from '../../storage/folder/reader.ts'
import type { Metadata, ObjectRecord } from '../../storage/folder/records.ts'
import type { Staged, StagedFile } from '../../storage/folder/staged-file.ts'
import type { FolderStore } from '../../storage/folder/store.ts'
import { noObject } from './api-error.ts'
import { checkPreconditions, type Preconditions } from './preconditions.ts'

/** What a request says of the object that it is about. */
export interface Target {
  readonly name: string
  /** Only if it is this generation; others count as not there. */
  readonly generation?: string | undefined
  readonly preconditions: Preconditions
}

/** The folder's objects with the conditions and the status codes of the JSON API. A change is on disk when it resolves. */
export class ServedBucket {
  readonly name: string
  readonly store: FolderStore

  constructor(name: string, store: FolderStore) {
    this.name = name
    this.store = store
  }

  stage(): StagedFile {
    return this.store.stage({ md5: true })
  }

  /** Refuses early what `put` would refuse now: a name that cannot be, a precondition that does not hold. */
  async check({ name, preconditions }: Target): Promise<void> {
    checkPreconditions(preconditions, await this.store.find(name), 'write')
  }

  /** @throws ApiError 412. */
  async put(
    { name, preconditions }: Target,
    staged: Staged,
    metadata: Metadata,
    componentCount?: number,
  ): Promise<ObjectRecord> {
    const content = { ...staged, metadata, ...(componentCount !== undefined && { componentCount }) }
    const record = await this.store.put(name, content, present => {
      checkPreconditions(preconditions, present, 'write')
      return true
    })
    await this.store.sync()
    return record!
  }

  /** @throws ApiError 404, 412 or 304. */
  async open(target: Target): Promise<OpenObject> {
    const opened = await this.store.open(target.name)
    if (!opened) throw noObject(this.name, target.name)
    try {
      this.#check(target, opened.record, 'read')
      return opened
    } catch (error) {
      closeSync(opened.fd)
      throw error
    }
  }

  /** @throws ApiError 404, 412 or 304. */
  async stat(target: Target): Promise<ObjectRecord> {
    return this.#check(target, await this.store.find(target.name), 'read')
  }

  /** @throws ApiError 404 or 412. */
  patch(target: Target, change: (metadata: Metadata) => Metadata): Promise<ObjectRecord> {
    return this.store.patch(target.name, present => this.#check(target, present, 'write'), change)
  }

  /** @throws ApiError 404 or 412. */
  async delete(target: Target): Promise<void> {
    await this.store.delete(target.name, present => this.#check(target, present, 'write') !== undefined)
    await this.store.sync()
  }

  #check(
    { name, generation, preconditions }: Target,
    record: ObjectRecord | undefined,
    kind: 'read' | 'write',
  ): ObjectRecord {
    if (!record || (generation !== undefined && record.generation !== generation)) throw noObject(this.name, name)
    checkPreconditions(preconditions, record, kind)
    return record
  }
}
