import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type DayRead, ReportCollector } from '../../../../functions/local/report/page/collect.ts'
import { renderPage } from '../../../../functions/local/report/page/page.ts'
import { archivedDays } from '../../../support/archive.ts'
import { type Browser, findChromium, type Page, startChromium } from '../../../support/chromium.ts'
import { hostileDay } from './hostile.ts'

const IS_DRAWN = "document.querySelector('canvas.heat') && document.querySelector('.uplot')"

describe('the report in Chromium', function () {
  this.timeout(120_000)
  let folder: string
  let browser: Browser
  let page: Page

  before(async function () {
    const program = findChromium()
    if (!program) {
      process.stderr.write(
        '\n  !! NOT TESTED: the report in a browser, because there is no Chromium (set CHROMIUM)\n\n',
      )
      this.skip()
    }
    folder = await mkdtemp(join(tmpdir(), 'page-'))
    browser = await startChromium(program)
    page = browser.page
    const archive = { venues: 7, days: 365, firstDate: '2024-01-01', symbols: 2, seed: 2 }
    const days = [...archivedDays(archive)].map(({ manifest, receipt }) => ({
      ...{ venue: manifest.venue, date: manifest.date, manifest, work: [receipt.work], faults: [] },
    }))
    await write('year.html', days)
    await write('hostile.html', [hostileDay()])
  })
  after(async () => {
    await browser?.[Symbol.asyncDispose]()
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  async function write(name: string, days: readonly DayRead[]): Promise<void> {
    const collector = new ReportCollector(days)
    for (const day of days) collector.add(day)
    await writeFile(join(folder, name), renderPage(collector.finish({ shown: './data', prefix: 'ticks' }, new Date(0))))
  }

  async function open(name: string, width: number, scheme: 'light' | 'dark' = 'light'): Promise<void> {
    const size = { width, height: 900, deviceScaleFactor: 1, mobile: width < 500 }
    await page.send('Emulation.setDeviceMetricsOverride', size)
    const features = [{ name: 'prefers-color-scheme', value: scheme }]
    await page.send('Emulation.setEmulatedMedia', { media: '', features })
    await page.open(
      pathToFileURL(join(folder, name)).href,
      name === 'year.html' ? IS_DRAWN : 'document.querySelector("footer")',
    )
  }

  const press = async (...keys: string[]) => {
    for (const key of keys) {
      const text = key === 'Enter' ? '\r' : undefined
      const windowsVirtualKeyCode = { Enter: 13, Escape: 27, ArrowRight: 39, ArrowDown: 40, ArrowLeft: 37, Tab: 9 }[key]
      await page.send('Input.dispatchKeyEvent', { type: 'keyDown', key, text, windowsVirtualKeyCode })
      await page.send('Input.dispatchKeyEvent', { type: 'keyUp', key, windowsVirtualKeyCode })
    }
  }
  const textOf = (selector: string) =>
    page.evaluate<string>(`document.querySelector(${JSON.stringify(selector)})?.innerText ?? ''`)
  const chosenDays = () =>
    page.evaluate<string[]>("[...document.querySelectorAll('.controls input')].map(input => input.value)")

  /** Pixels between the labels of the first timeline: that of all venues. */
  const tickGaps = () =>
    page.evaluate<number[]>(`(boxes => boxes.slice(1).map((box, at) => box.left - boxes[at].right))(
      [...document.querySelectorAll('svg[role=img]')[0].querySelectorAll('text.axis[y="13"]')].map(text => text.getBoundingClientRect()))`)

  for (const [width, scheme] of [
    [360, 'light'],
    [360, 'dark'],
    [768, 'light'],
    [1600, 'light'],
    [1600, 'dark'],
  ] as const)
    it(`has a clean console, asks the network for nothing and fits ${width} px, ${scheme}`, async () => {
      await open('year.html', width, scheme)
      // A day with all its tables makes the page no wider either.
      await page.evaluate("document.querySelector('#findings .link').click()")
      await page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
      await page.until("document.querySelectorAll('details[open] table').length > 5")
      assert.deepEqual(page.complaints, [])
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width)
      const hidden = '(box => box.scrollWidth - box.clientWidth)(document.querySelector("#findings .scroll"))'
      assert.equal(await page.evaluate(hidden), 0, 'the findings are not cut at the right')
      const broken = '[...document.querySelectorAll(".date")].filter(date => date.getClientRects().length > 1).length'
      assert.equal(await page.evaluate(broken), 0, 'no date goes over two lines')
      assert.ok((await page.evaluate<number>("document.querySelectorAll('#findings .date').length")) >= 25)
      assert.ok(
        (await tickGaps()).every(gap => gap > 3),
        'no label of a time axis touches the next one',
      )
      const paper = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
      assert.equal(paper, scheme === 'light' ? 'rgb(245, 246, 248)' : 'rgb(17, 21, 27)')
    })

  it('shows a tooltip of the cell below the pointer, and takes it away', async () => {
    await open('year.html', 1600)
    const point = await page.evaluate<{ x: number; y: number }>(
      "(() => { const { x, y } = document.querySelector('canvas.heat').getBoundingClientRect(); return { x: x + 800, y: y + 30 } })()",
    )
    await page.send('Input.dispatchMouseEvent', { type: 'mouseMoved', ...point })
    await page.until("!document.querySelector('.tip').hidden")
    assert.match(
      await textOf('.tip'),
      /^binance, 2024-\d\d-\d\d\n.*\n[\d.]+% complete: \d+ of \d+ items\n[\d.]+ [kMG] rows, [\d.]+ [kMG]B$/,
    )
    await page.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x: 5, y: 5 })
    await page.until("document.querySelector('.tip').hidden")
  })

  it('goes from the year to days to one day and its items with the keyboard alone, and back', async () => {
    await open('year.html', 360)
    await page.evaluate("document.querySelector('canvas.heat').focus()")
    await press('ArrowRight', 'ArrowRight', 'ArrowDown')
    assert.match(await textOf('.heat-box [aria-live]'), /^binance-futures, 2024-01-08 to 2024-01-14/)
    await press('Enter')
    assert.deepEqual(await chosenDays(), ['2024-01-08', '2024-01-14'])
    await press('ArrowRight', 'ArrowRight', 'Enter')
    assert.match(await textOf('#day h2'), /^binance, 2024-01-09$/)
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'binance, 2024-01-09')
    assert.match(await textOf('#day'), /book_snapshot_5[\s\S]*COIN\dUSDT/)
    await page.evaluate("document.querySelector('canvas.heat').focus()")
    await press('Escape')
    assert.deepEqual(await chosenDays(), ['2024-01-01', '2024-12-30'])
    assert.deepEqual(page.complaints, [])
  })

  it('opens the day of a finding, with its gaps and the incident behind them', async () => {
    await open('year.html', 1600)
    const chip = "[...document.querySelectorAll('.chip')].find(chip => chip.textContent.startsWith('gap-in-incident'))"
    await page.evaluate(`${chip}.click()`)
    await page.evaluate("document.querySelector('#findings .link').click()")
    assert.match(await textOf('#day'), /gap-in-incident: no rows for/)
    const drawn = await page.evaluate<number[]>(
      "['gap-in', 'incident'].map(name => document.querySelectorAll('#day rect.' + name).length)",
    )
    assert.ok(
      drawn.every(count => count > 0),
      String(drawn),
    )
    const title = await page.evaluate<string>("document.querySelector('#day rect.gap-in title').textContent")
    assert.match(title, /no rows for .* within an incident$/)
  })

  it('filters everything by venue and data type', async () => {
    await open('year.html', 1600)
    const choose = (label: string, text: string) =>
      page.evaluate(`(() => {
        const select = [...document.querySelectorAll('label')].find(one => one.innerText.startsWith('${label}')).querySelector('select')
        select.value = [...select.options].findIndex(({ text }) => text === '${text}')
        select.dispatchEvent(new Event('change'))
      })()`)
    await choose('Venue', 'bitmex')
    await choose('Rows', 'Data types')
    await choose('Show', 'Bytes')
    await page.evaluate("document.querySelector('#calendar details').open = true")
    await page.until("document.querySelector('#calendar table')")
    assert.match(await textOf('#calendar table'), /book_snapshot_5[\s\S]*derivative_ticker[\s\S]*trades/)
    const venues = await page.evaluate<string[]>(
      "[...document.querySelectorAll('#findings .link')].map(link => link.innerText.split(' ')[0])",
    )
    assert.deepEqual([...new Set(venues)], ['bitmex'])
    assert.match(await textOf('#calendar .legend'), /MB[\s\S]*logarithmic/)
  })

  it('shows values of a curve at the day that the arrow keys reach', async () => {
    await open('year.html', 1600)
    await page.evaluate("document.querySelector('#latency .plot').focus()")
    await press('ArrowRight', 'ArrowRight')
    await page.until("document.querySelector('#latency .u-legend').innerText.includes('2024-01-02')")
    assert.match(await textOf('#latency .u-legend'), /99th percentile\s*[\d.]+ m?s\s*median\s*[\d.]+ ms/)
  })

  it('prints in light colours, without its controls', async () => {
    await open('year.html', 1600, 'dark')
    await page.evaluate(
      "addEventListener('beforeprint', () => { window.printed = [document.documentElement.dataset.theme, getComputedStyle(document.body).getPropertyValue('color')] })",
    )
    const { data } = await page.send('Page.printToPDF', { printBackground: true })
    assert.ok(String(data).length > 50_000)
    assert.deepEqual(await page.evaluate('window.printed'), ['light', 'rgb(27, 36, 48)'])
    assert.equal(await page.evaluate('document.documentElement.dataset.theme'), undefined)
    await page.send('Emulation.setEmulatedMedia', { media: 'print' })
    assert.equal(await page.evaluate("getComputedStyle(document.querySelector('.controls')).display"), 'none')
  })

  it('writes hostile names as text', async () => {
    await open('hostile.html', 1600)
    await page.evaluate("document.querySelector('#findings .link').click()")
    assert.match(await textOf('#day'), /<\/script><script>alert\(1\)<\/script><img src=x onerror=alert\(2\)>/)
    assert.equal(await page.evaluate("document.querySelectorAll('main img, main script').length"), 0)
    assert.deepEqual(page.complaints, [])
  })
})
