import type { Equivalent } from './score.ts'

/** Mutants that were read and behave as the original does. A line that changes is read again. */
export const EQUIVALENTS: readonly Equivalent[] = [
  {
    file: 'functions/aggregate/pace.ts',
    text: 'const begun: Folds = { running: Promise.resolve(), waiting: undefined }',
    to: '{}',
    why: 'running is set before anything reads it',
  },
  {
    file: 'functions/aggregate/pace.ts',
    text: 'for (const [name, atMs] of writtenAtMs) if (atMs + intervalMs <= clock.now()) writtenAtMs.delete(name)',
    to: 'atMs + intervalMs < clock.now()',
    why: 'a manifest that was written one interval ago need not wait either way',
  },
  {
    file: 'functions/ledger/coverage.ts',
    text: 'if (covers(scope, asked, () => false)) return true',
    to: '() => undefined',
    why: 'undefined counts as false',
  },
  {
    file: 'functions/ledger/ledger.ts',
    text: "readEndedRequests: signal => readReplaceable(places.endedRequests('requests'), signal),",
    to: '""',
    why: 'there is one such document, so its name is not read',
  },
  {
    file: 'functions/ledger/ledger.ts',
    text: "readVendorBlock: signal => readReplaceable(places.vendorBlock('vendor'), signal),",
    to: '""',
    why: 'there is one such document, so its name is not read',
  },
  {
    file: 'functions/ledger/ledger.ts',
    text: '} catch {',
    to: '{}',
    why: 'undefined counts as false',
  },
  {
    file: 'functions/ledger/ledger.ts',
    text: 'return /^\\{"schemaVersion":1,"venue":"[^"\\\\]+","date":"[^"\\\\]+","plan":"([0-9a-f]+)",/.exec(beginning ?? \'\')?.[1]',
    to: '"Stryker was here!"',
    why: 'neither text begins like a plan',
  },
  {
    file: 'functions/ledger/vendor-guard.ts',
    text: "'vendor',",
    to: '""',
    why: 'there is one such document, so its name is not read',
  },
  {
    file: 'functions/pubsub/messages.ts',
    text: 'if (startDate === undefined || endDate === undefined || !isDay(startDate) || !isDay(endDate)) return',
    to: 'false',
    why: 'isDay() is false for undefined',
  },
  {
    file: 'functions/pubsub/messages.ts',
    text: 'if (startDate === undefined || endDate === undefined || !isDay(startDate) || !isDay(endDate)) return',
    to: 'startDate === undefined && endDate === undefined',
    why: 'isDay() is false for undefined',
  },
  {
    file: 'functions/pubsub/messages.ts',
    text: "context.addIssue({ code: 'custom', path: ['symbols'], message })",
    to: '""',
    why: 'of the codes only unrecognized_keys is read',
  },
  {
    file: 'functions/pubsub/messages.ts',
    text: "context.addIssue({ code: 'custom', path: ['endDate'], message })",
    to: '""',
    why: 'of the codes only unrecognized_keys is read',
  },
  {
    file: 'functions/pubsub/messages.ts',
    text: "if (data === undefined || typeof data === 'string') return data ?? ''",
    to: 'false',
    why: 'a decoder makes an empty text of undefined',
  },
  {
    file: 'functions/pubsub/messages.ts',
    text: '} catch {',
    to: '{}',
    why: 'a function that ends without return returns undefined',
  },
  {
    file: 'functions/pubsub/publisher.ts',
    text: 'await Promise.allSettled([...this.#topics.values()].map(topic => topic.flush()))',
    why: 'what waits goes after 5 ms anyway, and is counted as under way',
  },
  {
    file: 'functions/pubsub/push.ts',
    text: 'const [, project] = /(?:^|\\/)projects\\/([a-z][a-z0-9:.-]{4,61}[a-z0-9])\\//.exec(name) ?? []',
    to: '["Stryker was here"]',
    why: 'the first element is not read',
  },
  {
    file: 'functions/pubsub/window.ts',
    text: 'const UNLIMITED = { maxCount: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY }',
    to: '{}',
    why: 'nobody waits for room in a window without limits',
  },
  {
    file: 'functions/runtime/log/log-text.ts',
    text: '.flatMap(error => [error, ...(error.causes ?? [])])',
    to: '["Stryker was here"]',
    why: 'a text has no stack, so it adds no line',
  },
  {
    file: 'functions/runtime/log/plain.ts',
    text: "case 'string':",
    to: '""',
    why: 'the default case makes the same of a text',
  },
  {
    file: 'functions/runtime/log/plain.ts',
    text: 'if (value instanceof URL) return this.#text(value.href)',
    to: 'false',
    why: 'toJSON of a URL returns its href',
  },
  {
    file: 'functions/runtime/log/plain.ts',
    text: "if (typeof error !== 'object' || error === null) return { message: this.#text(String(error)) }",
    to: 'false',
    why: 'chain() leaves null out',
  },
  {
    file: 'functions/runtime/log/plain.ts',
    text: "...(typeof code === 'number' && Number.isFinite(code) && { code }),",
    to: 'true',
    why: 'isFinite() is false for what is no number',
  },
  {
    file: 'functions/runtime/log/trace.ts',
    text: "function fromTraceparent(header = ''): Trace | undefined {",
    to: '"Stryker was here!"',
    why: 'neither text is a traceparent header',
  },
  {
    file: 'functions/runtime/log/trace.ts',
    text: 'const [, id, span, flags] = /^[\\da-f]{2}-([\\da-f]{32})-([\\da-f]{16})-([\\da-f]{2})(?:-|$)/.exec(header) ?? []',
    to: '["Stryker was here"]',
    why: 'the first element is not read',
  },
  {
    file: 'functions/runtime/log/trace.ts',
    text: 'if (!id || !span || /^0+$/.test(id) || /^0+$/.test(span)) return undefined',
    to: '!id && !span',
    why: 'the pattern matches both or neither',
  },
]
