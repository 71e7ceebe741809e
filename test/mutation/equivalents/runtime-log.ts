import { type Equivalent, inFile } from '../score.ts'

export const RUNTIME_LOG: readonly Equivalent[] = [
  ...inFile('functions/runtime/log/log-text.ts', [
    {
      text: '.flatMap(error => [error, ...(error.causes ?? [])])',
      to: '["Stryker was here"]',
      why: 'a text has no stack, so it adds no line',
    },
  ]),
  ...inFile('functions/runtime/log/plain.ts', [
    {
      text: "case 'string':",
      to: '""',
      why: 'the default case makes the same of a text',
    },
    {
      text: 'if (value instanceof URL) return this.#text(value.href)',
      to: 'false',
      why: 'toJSON of a URL returns its href',
    },
    {
      text: "if (typeof error !== 'object' || error === null) return { message: this.#text(String(error)) }",
      to: 'false',
      why: 'chain() leaves null out',
    },
    {
      text: "...(typeof code === 'number' && Number.isFinite(code) && { code }),",
      to: 'true',
      why: 'isFinite() is false for what is no number',
    },
  ]),
  ...inFile('functions/runtime/log/trace.ts', [
    {
      text: "function fromTraceparent(header = ''): Trace | undefined {",
      to: '"Stryker was here!"',
      why: 'neither text is a traceparent header',
    },
    {
      text: 'const [, id, span, flags] = /^[\\da-f]{2}-([\\da-f]{32})-([\\da-f]{16})-([\\da-f]{2})(?:-|$)/.exec(header) ?? []',
      to: '["Stryker was here"]',
      why: 'the first element is not read',
    },
    {
      text: 'if (!id || !span || /^0+$/.test(id) || /^0+$/.test(span)) return undefined',
      to: '!id && !span',
      why: 'the pattern matches both or neither',
    },
  ]),
]
