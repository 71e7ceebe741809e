import type { Log, LogFields } from '../../runtime/log/log.ts'
import { withoutAddress } from '../report/reasons.ts'

type Write = (message: string, fields?: LogFields) => void

/** A log whose every entry goes through `pass`, which hands it on or leaves it out. */
function through(log: Log, pass: (write: Write, message: string, fields: LogFields) => void, own: LogFields = {}): Log {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error'): Write =>
    (message, fields) =>
      pass(log[level], message, { ...own, ...fields })
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: fields => through(log, pass, { ...own, ...fields }),
  }
}

/** Writes each entry to all of these. */
export function joined(logs: readonly Log[]): Log {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error'): Write =>
    (message, fields) => {
      for (const log of logs) log[level](message, fields)
    }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: fields => joined(logs.map(log => log.child(fields))),
  }
}

const KEPT = ['venue', 'date', 'error', 'reason'] as const

/** Leaves out the fields that are for machines. */
export function briefly(log: Log): Log {
  return through(log, (write, message, fields) => {
    write(message, Object.fromEntries(KEPT.flatMap(name => (name in fields ? [[name, fields[name]]] : []))))
  })
}

/** Logs what happens to many items only once: the summary lists all of them. */
export function onlyOnce(log: Log): Log {
  const said = new Set<string>()
  return through(log, (write, message, fields) => {
    if (message.startsWith('item ')) {
      const key = `${fields.status} ${withoutAddress(String(fields.error ?? ''))}`
      if (said.has(key)) return
      said.add(key)
    }
    write(message, fields)
  })
}
