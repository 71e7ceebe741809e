import { describeBucket } from '../support/bucket-suite.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'

describe('MemoryBucket', () => {
  describeBucket(async () => ({ bucket: new MemoryBucket(), close: async () => undefined }), 262_144)
})
