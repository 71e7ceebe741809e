/**
 * Within a `describe`: makes Google's client libraries see no metadata server. They look for one as soon
 * as they are made, even to talk to an emulator, and warn that they found none.
 */
export function withoutMetadataServer(): void {
  const detection = process.env.METADATA_SERVER_DETECTION
  before(() => {
    process.env.METADATA_SERVER_DETECTION = 'none'
  })
  after(() => {
    if (detection === undefined) delete process.env.METADATA_SERVER_DETECTION
    else process.env.METADATA_SERVER_DETECTION = detection
  })
}
