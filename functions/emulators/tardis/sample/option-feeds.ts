import { COMMON, type Feed } from './feed.ts'
import { exchangeTime } from './market.ts'
import { type Option, optionChain, value } from './options.ts'
import { Random } from './random.ts'
import type { RowWriter } from './row-writer.ts'

const CALL = Buffer.from('call')
const PUT = Buffer.from('put')

/** The updates of a chain: in each step the coins' prices move, and a few options get new quotes. */
function chainFeed(
  header: string,
  rowsPerStep: number,
  chain: { venue: string; startMicros: number; seed: string },
  write: (rows: RowWriter, option: Option, localMicros: number, timeMicros: number, random: Random) => void,
): Feed {
  const options = optionChain(chain.venue, chain.startMicros, chain.seed)
  const underlyings = [...new Set(options.map(option => option.underlying))]
  const random = new Random(`${chain.seed} ${header}`)
  return {
    header: `${COMMON},${header}`,
    rowsPerStep,
    step(rows, fromMicros, atMicros) {
      for (const underlying of underlyings) underlying.price *= 1 + (random.unit() - 0.5) * 4e-4
      const count = 1 + random.below(2 * rowsPerStep - 1)
      let local = fromMicros
      for (let i = 0; i < count; i++) {
        local += random.below(Math.max(1, Math.floor((atMicros - local) / (1 + (count - i) / 2))))
        write(rows, options[random.below(options.length)]!, local, exchangeTime(local, random), random)
      }
    },
  }
}

interface Quote {
  readonly iv: number
  readonly price: number
  /** In ten-thousandths of a coin, Deribit's usual tick. */
  readonly bid: number
  readonly ask: number
}

function quote(option: Option, localMicros: number, random: Random): Quote & ReturnType<typeof value> {
  const smile = Math.abs(Math.log(option.strike / option.underlying.price))
  const iv = 0.5 + 0.6 * smile + (random.unit() - 0.5) * 0.02
  const valuation = value(option, iv, localMicros)
  const bid = Math.floor(valuation.price * 9700)
  return { ...valuation, iv, bid, ask: Math.max(bid + 5, Math.ceil(valuation.price * 10_300)) }
}

function begin(rows: RowWriter, option: Option, local: number, time: number): void {
  rows.bytes(option.name)
  rows.micros(time)
  rows.micros(local)
}

const cell = (rows: RowWriter, has: boolean, scaled: number, decimals: number) =>
  has ? rows.decimal(scaled, decimals) : rows.empty()

/** https://docs.tardis.dev/downloadable-csv-files/data-types#options_chain, all options in one file. */
export function optionsChainFeed(venue: string, startMicros: number, seed: string): Feed {
  const columns = [
    'type,strike_price,expiration,open_interest,last_price,bid_price,bid_amount,bid_iv,ask_price,ask_amount,ask_iv',
    'mark_price,mark_iv,underlying_index,underlying_price,delta,gamma,vega,theta,rho',
  ]
  return chainFeed(columns.join(), 12, { venue, startMicros, seed }, (rows, option, local, time, random) => {
    const { iv, price, bid, ask, delta, gamma, vega, theta, rho } = quote(option, local, random)
    const { has, hasGreeks } = option
    const hasBid = has.bid && bid > 0
    if (has.last && (option.lastScaled === 0 || random.chance(0.02))) option.lastScaled = Math.round(price * 1e4)
    if (random.chance(0.01)) option.openInterest += random.below(20)
    begin(rows, option, local, time)
    rows.bytes(option.isCall ? CALL : PUT)
    rows.decimal(option.strike, 0)
    rows.micros(option.expirationMicros)
    cell(rows, has.openInterest, option.openInterest, 1)
    cell(rows, option.lastScaled > 0, option.lastScaled, 4)
    cell(rows, hasBid, bid, 4)
    cell(rows, hasBid, 1 + random.below(400), 1)
    cell(rows, hasBid, Math.round((iv - 0.02) * 1e4), 2)
    cell(rows, has.ask, ask, 4)
    cell(rows, has.ask, 1 + random.below(400), 1)
    cell(rows, has.ask, Math.round((iv + 0.03) * 1e4), 2)
    rows.decimal(Math.round(price * 1e8), 8)
    rows.decimal(Math.round(iv * 1e4), 2)
    rows.bytes(option.index)
    rows.decimal(Math.round(option.underlying.price * 1e4), 4)
    for (const greek of [delta, gamma, vega, theta, rho]) cell(rows, hasGreeks, Math.round(greek * 1e5), 5)
    rows.endRow()
  })
}

/** Best bids and asks of all options in one file. Cells without a bid or an ask are empty. */
export function optionQuotesFeed(venue: string, startMicros: number, seed: string): Feed {
  const columns = 'ask_amount,ask_price,bid_price,bid_amount'
  return chainFeed(columns, 12, { venue, startMicros, seed }, (rows, option, local, time, random) => {
    const { bid, ask } = quote(option, local, random)
    const hasBid = option.has.bid && bid > 0
    begin(rows, option, local, time)
    cell(rows, option.has.ask, 1 + random.below(400), 1)
    cell(rows, option.has.ask, ask, 4)
    cell(rows, hasBid, bid, 4)
    cell(rows, hasBid, 1 + random.below(400), 1)
    rows.endRow()
  })
}

/** Trades of all options in one file. Not all ids are numbers, as at Deribit. */
export function optionTradesFeed(venue: string, startMicros: number, seed: string): Feed {
  let id = 250_000_000
  return chainFeed('id,side,price,amount', 2, { venue, startMicros, seed }, (rows, option, local, time, random) => {
    const { bid, ask } = quote(option, local, random)
    const buys = random.chance(0.5)
    begin(rows, option, local, time)
    rows.text(`${option.underlying.coin === 'BTC' ? '' : `${option.underlying.coin}-`}${id++}`)
    rows.text(buys ? 'buy' : 'sell')
    rows.decimal(Math.max(1, buys ? ask : bid), 4)
    rows.decimal(1 + random.below(250), 1)
    rows.endRow()
  })
}
