import type { ConvertOptions } from '../ticks/convert.ts'

type OnProgress = NonNullable<ConvertOptions['onProgress']>

/**
 * Reports compressed bytes as they arrive, where the converter only knows those that it has read: a slow response is seen
 * to move. Gives the same chunks, each before the next one is asked for, and what to call with the converter's progress.
 */
export function reportReceived(
  body: AsyncIterable<Uint8Array>,
  onProgress: OnProgress,
): { readonly body: AsyncIterable<Uint8Array>; readonly onProgress: OnProgress } {
  const done = { sourceBytes: 0, textBytes: 0, rows: 0 }
  async function* counted(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of body) {
      done.sourceBytes += chunk.byteLength
      onProgress({ ...done })
      yield chunk
    }
  }
  return {
    body: counted(),
    onProgress({ textBytes, rows }) {
      Object.assign(done, { textBytes, rows })
      onProgress({ ...done })
    },
  }
}
