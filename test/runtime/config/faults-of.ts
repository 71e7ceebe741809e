import assert from 'node:assert/strict'
import { ConfigError } from '../../../functions/runtime/config/config.ts'

/** The faults of the ConfigError that `read` throws; none where it throws nothing. */
export function faultsOf(read: () => unknown): readonly string[] {
  try {
    read()
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    return error.faults
  }
  return []
}
