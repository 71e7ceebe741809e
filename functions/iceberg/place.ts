/** How the tables name objects: by absolute addresses, which readers open as they are. */
export interface Place {
  uriOf(object: string): string
  /** @throws Error for an address that is elsewhere, because the tables were moved */
  objectOf(uri: string): string
}

/**
 * The addresses of objects in a bucket (`gs://NAME`), or in a folder by its absolute path. A folder has plain paths: readers
 * differ in how they decode `file://`, and `#` and `?` in a folder's name break some.
 */
export function placeAt(root: string): Place {
  const base = `${root.replace(/\/+$/, '')}/`
  return {
    uriOf: object => `${base}${object}`,
    objectOf(uri) {
      if (uri.startsWith(base)) return uri.slice(base.length)
      throw new Error(`the table names ${uri}, expected an address below ${base}: after a move run table rebuild`)
    },
  }
}
