import { createReadStream } from 'node:fs'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { runEngine } from './engine.mjs'

/** Node's own gunzip in pieces of 1 MiB, to nowhere: what cannot be done in parallel. */
const CHUNK_BYTES = 1 << 20

await runEngine(path =>
  pipeline(
    createReadStream(path, { highWaterMark: CHUNK_BYTES }),
    createGunzip({ chunkSize: CHUNK_BYTES }),
    new Writable({ highWaterMark: CHUNK_BYTES, write: (_chunk, _encoding, done) => done() }),
  ),
)
