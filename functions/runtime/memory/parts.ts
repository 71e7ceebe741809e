/** One thing that takes memory: at most `bytes`, and how many of it there are in the process at once. */
export interface MemoryPart {
  readonly part: string
  readonly bytes: number
  readonly count: number
  /** False for what the container's limit counts, but resident memory does not. */
  readonly resident: boolean
}

export function sumOfParts(parts: readonly MemoryPart[]): number {
  return parts.reduce((total, { bytes, count }) => total + bytes * count, 0)
}

/**
 * What the operating system's kernel buffers for a connection that waits for the other side. The project cannot bound it.
 * It is seldom full, and freed under memory pressure: https://docs.kernel.org/networking/ip-sysctl.html, tcp_rmem and
 * tcp_wmem.
 */
export const SOCKET_PART: MemoryPart = {
  part: 'kernel socket buffers',
  bytes: 2 * 1024 ** 2,
  count: 1,
  resident: false,
}
