import type { LogFields } from './log.ts'

/**
 * The fields that put a log entry under the trace of its request; none if the traceparent header
 * (https://www.w3.org/TR/trace-context/#traceparent-header) is missing or invalid. Without a project the field holds the
 * bare id, which can be searched for but is not linked.
 * https://cloud.google.com/logging/docs/structured-logging#structured_logging_special_fields
 */
export function traceFields(traceparent: string | undefined, projectId?: string): LogFields {
  const trace = fromTraceparent(traceparent)
  if (!trace) return {}
  return {
    'logging.googleapis.com/trace': projectId ? `projects/${projectId}/traces/${trace.id}` : trace.id,
    'logging.googleapis.com/spanId': trace.span,
    'logging.googleapis.com/trace_sampled': trace.sampled,
  }
}

interface Trace {
  readonly id: string
  /** 16 hexadecimal digits. */
  readonly span: string
  readonly sampled: boolean
}

function fromTraceparent(header = ''): Trace | undefined {
  const [, id, span, flags] = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:-|$)/.exec(header) ?? []
  if (!id || !span || /^0+$/.test(id) || /^0+$/.test(span)) return undefined
  return { id, span, sampled: (Number.parseInt(flags!, 16) & 1) === 1 }
}
