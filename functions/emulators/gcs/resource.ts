import type { ObjectRecord } from '../../storage/folder/records.ts'

/** An object as the JSON API shows it, https://cloud.google.com/storage/docs/json_api/v1/objects#resource */
export function objectResource(endpoint: string, bucket: string, name: string, record: ObjectRecord) {
  const { generation, metageneration, crc32c, md5Hash, componentCount, timeCreated, updated } = record
  const path = `/storage/v1/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(name)}`
  return {
    kind: 'storage#object',
    id: `${bucket}/${name}/${generation}`,
    selfLink: `${endpoint}${path}`,
    mediaLink: `${endpoint}/download${path}?generation=${generation}&alt=media`,
    name,
    bucket,
    generation,
    metageneration: String(metageneration),
    ...record.metadata,
    storageClass: 'STANDARD',
    size: String(record.file.size),
    md5Hash,
    crc32c,
    componentCount,
    etag: etagOf(record),
    timeCreated,
    updated,
    timeStorageClassUpdated: timeCreated,
    timeFinalized: timeCreated,
  }
}

/** The headers of a media answer, https://cloud.google.com/storage/docs/xml-api/reference-headers */
export function mediaHeaders(record: ObjectRecord): Record<string, string> {
  const { metadata, crc32c, md5Hash } = record
  const given = {
    'content-encoding': metadata.contentEncoding,
    'content-disposition': metadata.contentDisposition,
    'content-language': metadata.contentLanguage,
  }
  return {
    'accept-ranges': 'bytes',
    'cache-control': metadata.cacheControl ?? 'no-cache, no-store, max-age=0, must-revalidate',
    'content-type': metadata.contentType ?? 'application/octet-stream',
    ...Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined)),
    etag: etagOf(record),
    'last-modified': new Date(record.updated).toUTCString(),
    'x-goog-generation': record.generation,
    'x-goog-metageneration': String(record.metageneration),
    'x-goog-storage-class': 'STANDARD',
    'x-goog-stored-content-encoding': metadata.contentEncoding ?? 'identity',
    'x-goog-stored-content-length': String(record.file.size),
    'x-goog-hash': md5Hash ? `crc32c=${crc32c},md5=${md5Hash}` : `crc32c=${crc32c}`,
  }
}

export function bucketResource(endpoint: string, bucket: string) {
  return {
    kind: 'storage#bucket',
    id: bucket,
    name: bucket,
    selfLink: `${endpoint}/storage/v1/b/${encodeURIComponent(bucket)}`,
    projectNumber: '0',
    metageneration: '1',
    location: 'LOCAL',
    locationType: 'region',
    storageClass: 'STANDARD',
    versioning: { enabled: false },
    etag: 'local',
  }
}

const etagOf = ({ generation, metageneration }: ObjectRecord): string =>
  Buffer.from(`${generation}/${metageneration}`).toString('base64')
