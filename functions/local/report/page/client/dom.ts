type Child = Node | string | number | undefined | false

/**
 * An element with attributes and children. Text becomes text nodes and attributes are set as values, so nothing that a
 * manifest holds is ever read as HTML.
 */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number | boolean | undefined>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  setAttributes(made, attributes)
  for (const child of children)
    if (child !== undefined && child !== false) made.append(isNode(child) ? child : String(child))
  return made
}

export function svg(
  tag: string,
  attributes: Readonly<Record<string, string | number | boolean | undefined>>,
  ...children: readonly Child[]
): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag)
  setAttributes(made, attributes)
  for (const child of children)
    if (child !== undefined && child !== false) made.append(isNode(child) ? child : String(child))
  return made
}

export function isNode(child: Node | string | number): child is Node {
  return typeof child === 'object'
}

export function setAttributes(
  element: Element,
  attributes: Readonly<Record<string, string | number | boolean | undefined>>,
): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value))
  }
}

/** The text, with dates and times that no line breaks: a hyphen ends a line elsewhere. */
export function wholeDates(text: string): HTMLElement {
  const parts = text.split(/(\d{4}-\d\d-\d\d(?: \d\d:\d\d)?)/)
  return el('span', {}, ...parts.map((part, at) => (at % 2 === 0 ? part : el('span', { class: 'date' }, part))))
}

export interface Column {
  readonly head: string
  readonly isText?: boolean
}

/** A table that scrolls within itself where it is too wide, also with the keyboard. */
export function table(caption: string, columns: readonly Column[], rows: readonly (readonly Child[])[]): HTMLElement {
  const cell = (tag: 'th' | 'td', child: Child, at: number) =>
    el(
      tag,
      { class: columns[at]?.isText ? 'text' : undefined, ...(tag === 'th' && { scope: 'col' }) },
      typeof child === 'string' ? wholeDates(child) : child,
    )
  const head = el('tr', {}, ...columns.map(({ head }, at) => cell('th', head, at)))
  const body = rows.map(row => el('tr', {}, ...row.map((child, at) => cell('td', child, at))))
  return el(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    el('table', {}, el('caption', { class: 'hidden' }, caption), el('thead', {}, head), el('tbody', {}, ...body)),
  )
}

/** The same figures for readers who cannot see the picture. `make` runs when it is opened. */
export function asTable(make: () => HTMLElement): HTMLElement {
  const details = el('details', { class: 'as-table' }, el('summary', {}, 'Show as a table'))
  details.addEventListener('toggle', () => {
    if (details.open && details.children.length === 1) details.append(make())
  })
  return details
}

/** A colour of the style sheet as it is now. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
}
