import { COMMON, type Feed, named } from './feed.ts'
import { exchangeTime, type Market } from './market.ts'
import { Random } from './random.ts'

const FUNDING_INTERVAL_MICROS = 8 * 3_600_000_000

/**
 * https://docs.tardis.dev/downloadable-csv-files/data-types#derivative_ticker: a value that is not known
 * yet, or that the venue does not have, is an empty cell. Funding rates are small enough to be written like 1e-7 at times.
 */
export function derivativeTickerFeed(market: Market, seed: string): Feed {
  const { instrument } = market
  const { priceDecimals } = instrument
  const random = new Random(`${seed} ticker`)
  const name = named(instrument)
  const scale = 10 ** priceDecimals
  let fundingRate = (random.below(20_000) - 8000) / 1e8
  let openInterestLots = 60_000_000 + random.below(20_000_000)
  let basis = 0
  let steps = 0
  return {
    header: `${COMMON},funding_timestamp,funding_rate,predicted_funding_rate,open_interest,last_price,index_price,mark_price`,
    rowsPerStep: 0.5,
    step(rows, fromMicros, atMicros) {
      steps++
      if (random.chance(0.5)) return
      const local = fromMicros + random.below(Math.max(1, atMicros - fromMicros))
      const price = market.ticks(market.bid) / scale
      basis = 0.98 * basis + (random.unit() - 0.5) * 1e-4
      if (random.chance(0.2)) fundingRate = Math.round((0.99 * fundingRate + (random.unit() - 0.5) * 2e-6) * 1e8) / 1e8
      if (random.chance(0.3)) openInterestLots += random.below(60_000) - 30_000
      rows.bytes(name)
      rows.micros(exchangeTime(local, random))
      rows.micros(local)
      rows.micros((Math.floor(local / FUNDING_INTERVAL_MICROS) + 1) * FUNDING_INTERVAL_MICROS)
      rows.text(String(fundingRate))
      rows.empty()
      if (steps < 12) rows.empty()
      else rows.decimal(openInterestLots, instrument.amountDecimals)
      if (random.chance(0.03)) rows.empty()
      else rows.decimal(market.ticks(market.bid), priceDecimals)
      rows.text(String(Math.round(price * (1 - basis) * 1e8) / 1e8))
      rows.text(String(Math.round(price * (1 + basis / 3) * 1e8) / 1e8))
      rows.endRow()
    },
  }
}
