import { failFs } from '../../support/failing-fs.ts'

/**
 * Loaded before the program: the disk of this process has room for DISK_BYTES bytes. Whatever is written to a file after
 * that fails with ENOSPC.
 */
let leftBytes = Number(process.env.DISK_BYTES)
const isStandardStream = (fd: unknown) => typeof fd === 'number' && fd <= 2

for (const name of ['write', 'writeSync', 'writeFileSync'] as const) {
  failFs(name, 'ENOSPC', ([file, data]) => {
    if (isStandardStream(file)) return false
    leftBytes -= (data as string | Uint8Array).length
    return leftBytes < 0
  })
}
