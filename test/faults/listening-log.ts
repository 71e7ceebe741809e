import { Writable } from 'node:stream'
import { inspect } from 'node:util'
import { LOG_LEVELS } from '../../functions/runtime/config/config.ts'
import type { Log, LogFields } from '../../functions/runtime/log/log.ts'
import { createLogger } from '../../functions/runtime/log/logger.ts'

export interface Listening {
  readonly log: Log
  /** What was logged until now. */
  soFar(): string
  /** All that was logged: as it was handed to the log, and as loggers of each level wrote it, as text and as JSON. */
  text(): Promise<string>
}

/** A log that is written at every level at once, and remembers its entries as they were before anything was redacted. */
export async function listening(secrets: readonly string[]): Promise<Listening> {
  let text = ''
  const stream = () =>
    new Writable({
      write(chunk, _encoding, done) {
        text += String(chunk)
        done()
      },
    })
  const kinds = LOG_LEVELS.flatMap(level => [
    { level, json: true },
    { level, json: false },
  ])
  const loggers = await Promise.all(kinds.map(kind => createLogger({ ...kind, secrets, stream: stream() })))
  const teeing = (logs: readonly Log[], own: LogFields): Log => {
    const at = (level: 'debug' | 'info' | 'warn' | 'error') => (message: string, fields?: LogFields) => {
      text += `raw ${message} ${inspect({ ...own, ...fields }, { depth: 12, breakLength: Number.POSITIVE_INFINITY })}\n`
      for (const log of logs) log[level](message, fields)
    }
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: fields =>
        teeing(
          logs.map(log => log.child(fields)),
          { ...own, ...fields },
        ),
    }
  }
  return {
    log: teeing(loggers, {}),
    soFar: () => text,
    async text() {
      await Promise.all(loggers.map(logger => logger.close()))
      return text
    },
  }
}
