import { totalmem } from 'node:os'
import { type ContainerMemory, containerMemory } from './cgroup.ts'

export interface MemoryLimit {
  readonly limitBytes: number
  readonly limitFrom: 'MEMORY_LIMIT_MB' | 'container' | 'system'
}

export interface LimitOptions {
  /** The fixed allocation; without it the container's limit, without that the machine's memory. */
  readonly limitBytes?: number | undefined
  readonly container?: () => ContainerMemory
  readonly systemTotal?: () => number
}

/** How much memory this process may take. A container that is allowed more than the machine has is no limit. */
export function findLimit({
  limitBytes,
  container = containerMemory,
  systemTotal = totalmem,
}: LimitOptions): MemoryLimit {
  if (limitBytes !== undefined) return { limitBytes, limitFrom: 'MEMORY_LIMIT_MB' }
  const total = systemTotal()
  const containerBytes = container().limitBytes
  if (containerBytes !== undefined && containerBytes < total)
    return { limitBytes: containerBytes, limitFrom: 'container' }
  return { limitBytes: total, limitFrom: 'system' }
}
