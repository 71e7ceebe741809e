import type { LogFields } from './log.ts'

/** The headers of a request that name its trace. */
export interface TraceHeaders {
  /** https://www.w3.org/TR/trace-context/#traceparent-header */
  readonly traceparent?: string | undefined
  /** `TRACE/SPAN;o=OPTIONS`, https://cloud.google.com/trace/docs/trace-context#legacy-http-header */
  readonly cloudTraceContext?: string | undefined
}

/**
 * The fields that put a log entry under its request's trace; none if the headers name none. Without a project the field holds
 * the bare id, which can be searched for but is not linked.
 * https://cloud.google.com/logging/docs/structured-logging#structured_logging_special_fields
 */
export function traceFields({ traceparent, cloudTraceContext }: TraceHeaders, projectId?: string): LogFields {
  const trace = fromTraceparent(traceparent) ?? fromCloudTraceContext(cloudTraceContext)
  if (!trace) return {}
  return {
    'logging.googleapis.com/trace': projectId ? `projects/${projectId}/traces/${trace.id}` : trace.id,
    ...(trace.span && { 'logging.googleapis.com/spanId': trace.span }),
    'logging.googleapis.com/trace_sampled': trace.sampled,
  }
}

interface Trace {
  readonly id: string
  /** 16 hexadecimal digits. */
  readonly span?: string
  readonly sampled: boolean
}

function fromTraceparent(header = ''): Trace | undefined {
  const [, id, span, flags] = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:-|$)/.exec(header) ?? []
  if (!id || !span || /^0+$/.test(id) || /^0+$/.test(span)) return undefined
  return { id, span, sampled: (Number.parseInt(flags!, 16) & 1) === 1 }
}

function fromCloudTraceContext(header = ''): Trace | undefined {
  const [, id, span, options] = /^([\da-f]{32})(?:\/(\d{1,20}))?(?:;o=(\d))?$/i.exec(header) ?? []
  if (!id) return undefined
  const hex = span && BigInt(span) < 2n ** 64n ? BigInt(span).toString(16).padStart(16, '0') : undefined
  return { id: id.toLowerCase(), ...(hex && { span: hex }), sampled: options === '1' }
}
