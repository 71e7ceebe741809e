import { type Equivalent, inFile } from '../score.ts'

export const MARKET: readonly Equivalent[] = [
  ...inFile('functions/market/days.ts', [
    {
      text: 'return day <= 28 || day <= daysInMonth(Number(text.slice(0, 4)), Number(text.slice(5, 7)))',
      to: 'false',
      why: 'every month has 28 days, so it only saves time',
    },
    {
      text: 'return day <= 28 || day <= daysInMonth(Number(text.slice(0, 4)), Number(text.slice(5, 7)))',
      to: 'day < 28',
      why: 'every month has 28 days',
    },
    {
      text: 'while (length < first.length && first[length] === last[length]) length += 1',
      to: 'length <= first.length',
      why: 'beyond the end slice() takes the whole text',
    },
  ]),
  ...inFile('functions/market/glob.ts', [
    {
      text: 'const names = new Set(patterns.filter(pattern => !isGlob(pattern)))',
      to: 'patterns',
      why: 'a pattern fits itself',
    },
    {
      text: 'const globs = patterns.filter(isGlob).map(pattern => [...pattern])',
      to: 'patterns',
      why: 'a name fits itself alone',
    },
    {
      text: 'if (globs.length === 0) return false',
      to: 'false',
      why: 'some() of none is false; it only saves time',
    },
  ]),
  ...inFile('functions/market/instrument-name.ts', [
    {
      text: "const divided = quotes ? divide(groups.pair ?? '', quotes) : { base: groups.base, quote: groups.quote ?? fixed }",
      to: '"Stryker was here!"',
      why: 'every rule with quotes has a pair',
    },
    {
      text: "side: groups.side === undefined ? null : groups.side.startsWith('C') ? 'call' : 'put',",
      to: "groups.side.endsWith('C')",
      why: 'a side is one letter',
    },
    {
      text: "const [, d = '', month = '', y = ''] = /^(\\d{1,2})([A-Z]{3})(\\d\\d)$/.exec(text) ?? []",
      why: 'the rules let through no text around a day, and without a month nothing else is read',
    },
    {
      text: ": text.replace(/^(?:20)?(\\d\\d)(\\d\\d)(\\d\\d)$/, '20$1-$2-$3')",
      to: '/(?:20)?(\\d\\d)(\\d\\d)(\\d\\d)$/',
      why: 'the rules let through 6 or 8 digits',
    },
    {
      text: ": text.replace(/^(?:20)?(\\d\\d)(\\d\\d)(\\d\\d)$/, '20$1-$2-$3')",
      to: '/^(?:20)?(\\d\\d)(\\d\\d)(\\d\\d)/',
      why: 'the rules let through 6 or 8 digits',
    },
  ]),
  ...inFile('functions/market/scope.ts', [
    {
      text: 'const selectors = has.filter(isSelector)',
      to: 'has',
      why: 'a name contains itself alone',
    },
    {
      text: 'export function holder(scope: Scope, resolved: readonly Resolved[] = []): (item: Item) => boolean {',
      to: '["Stryker was here"]',
      why: 'that text has no selector and no symbols',
    },
  ]),
  ...inFile('functions/market/selector.ts', [
    {
      text: 'const { type, pattern = text, exclude } = TEXT.exec(text)?.groups ?? {}',
      to: 'TEXT.exec(text).groups',
      why: 'every text matches',
    },
    {
      text: 'const TEXT = /^(?:(?<type>[a-z][a-z0-9_-]*):)?(?<pattern>.*?)(?: without (?<exclude>.+))?$/su',
      to: '/(?:(?<type>[a-z][a-z0-9_-]*):)?(?<pattern>.*?)(?: without (?<exclude>.+))?$/su',
      why: 'every part may be empty, so it matches from the beginning',
    },
    {
      text: "const alike = Map.groupBy(texts.map(selectorOf), ({ type, exclude }) => textOf({ type, pattern: '', exclude }))",
      to: '"Stryker was here!"',
      why: 'any constant text groups alike',
    },
    {
      text: 'const selectors = texts.filter(isSelector).map(selectorOf)',
      to: 'texts',
      why: 'a name has no type, so it is none of the typed ones',
    },
    {
      text: 'const names = new Set(texts.filter(text => !isSelector(text)))',
      to: 'texts',
      why: 'no symbol is written like a selector, and a pattern fits itself',
    },
    {
      text: 'const typedNames = new Set(selectors.filter(({ pattern }) => !isGlob(pattern)).map(textOf))',
      to: 'selectors',
      why: 'a pattern fits itself',
    },
    {
      text: 'const globs = selectors.filter(({ pattern }) => isGlob(pattern)).map(globOf)',
      to: 'selectors',
      why: 'a name fits itself alone',
    },
  ]),
  ...inFile('functions/market/symbols.ts', [
    {
      text: 'if (/^[A-Z\\d_-]*$/.test(symbol)) return symbol',
      to: 'false',
      why: 'the replacement below leaves such a symbol as it is; it only saves time',
    },
    {
      text: 'if (/^[A-Z\\d_-]*$/.test(symbol)) return symbol',
      to: '/^[A-Z\\d_-]$/',
      why: 'the replacement below leaves such a symbol as it is; it only saves time',
    },
  ]),
  ...inFile('functions/market/venues.ts', [
    {
      text: 'export function usesVenuePatterns(venues: readonly string[] = []): boolean {',
      to: '["Stryker was here"]',
      why: 'that text is no pattern',
    },
    {
      text: 'const fits = globMatcher(patterns.filter(isGlob))',
      to: 'patterns',
      why: 'each name is listed already, and once',
    },
  ]),
]
