/**
 * What the functions use of @google-cloud/storage: the credentials that its client makes. The package itself also loads the
 * client of buckets and objects.
 */
const { GoogleAuth } = require('google-auth-library')

const SCOPES = ['iam', 'cloud-platform', 'devstorage.full_control'].map(
  scope => `https://www.googleapis.com/auth/${scope}`,
)

exports.Storage = class Storage {
  constructor({ projectId, universeDomain, clientOptions }) {
    this.authClient = new GoogleAuth({
      projectId,
      scopes: SCOPES,
      clientOptions: { universeDomain, ...clientOptions },
    })
  }
}
