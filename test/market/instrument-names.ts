/**
 * Names of real instruments with what they say: `SYMBOL type base quote expiry strike side`, `-` for null. Where only the
 * symbol stands, nothing is to be read from it.
 */
export const NAMES: Readonly<Record<string, string>> = {
  deribit: `
BTC-PERPETUAL perpetual BTC USD - - -
ETH-PERPETUAL perpetual ETH USD - - -
BTC_USDC-PERPETUAL perpetual BTC USDC - - -
SOL_USDC-PERPETUAL perpetual SOL USDC - - -
BTC_USDT-PERPETUAL perpetual BTC USDT - - -
BTC-27SEP24 future BTC USD 2024-09-27 - -
BTC-3JAN25 future BTC USD 2025-01-03 - -
ETH-29MAR19 future ETH USD 2019-03-29 - -
BTC_USDC-27SEP24 future BTC USDC 2024-09-27 - -
BTCDVOL_USDC-28JUN23 future BTCDVOL USDC 2023-06-28 - -
BTC-27SEP24-50000-C option BTC USD 2024-09-27 50000 call
BTC-9JUN20-9875-P option BTC USD 2020-06-09 9875 put
ETH-2AUG24-3375-C option ETH USD 2024-08-02 3375 call
SOL_USDC-27SEP24-150-P option SOL USDC 2024-09-27 150 put
XRP_USDC-30JUN23-0d5-C option XRP USDC 2023-06-30 0.5 call
XRP_USDC-30AUG24-0d625-P option XRP USDC 2024-08-30 0.625 put
MATIC_USDC-28JUN24-0D75-C option MATIC USDC 2024-06-28 0.75 call
BTC_USDC spot BTC USDC - - -
ETH_BTC spot ETH BTC - - -
STETH_USDC spot STETH USDC - - -
BTC-FS-27SEP24_PERP
BTC-CS-27SEP24-50000_60000
BTC-31FEB24
BTC-27SEP24-50000-X
OPTIONS`,
  binance: `
btcusdt spot BTC USDT - - -
ETHUSDT spot ETH USDT - - -
ETHBTC spot ETH BTC - - -
SOLBTC spot SOL BTC - - -
BNBTUSD spot BNB TUSD - - -
TUSDT spot T USDT - - -
TUSDUSDT spot TUSD USDT - - -
USDCUSDT spot USDC USDT - - -
BTCFDUSD spot BTC FDUSD - - -
FDUSDUSDT spot FDUSD USDT - - -
BTCSTUSDT spot BTCST USDT - - -
WBTCBTC spot WBTC BTC - - -
BTTTRX spot BTT TRX - - -
BTTCTRY spot BTTC TRY - - -
USTCBUSD spot USTC BUSD - - -
BTCUST spot BTC UST - - -
1INCHUSDT spot 1INCH USDT - - -
1000SATSUSDT spot 1000SATS USDT - - -
BTCUPUSDT spot BTCUP USDT - - -
BTCEUR spot BTC EUR - - -
DOTDOT spot DOT DOT - - -
PAXGTRY spot PAXG TRY - - -
BNSOLSOL spot BNSOL SOL - - -
BTCAEUR
BTCUSD
USDT
BTCU`,
  'binance-futures': `
BTCUSDT perpetual BTC USDT - - -
ETHUSDT perpetual ETH USDT - - -
1000SHIBUSDT perpetual 1000SHIB USDT - - -
1000000MOGUSDT perpetual 1000000MOG USDT - - -
BTCUSDC perpetual BTC USDC - - -
BTCBUSD perpetual BTC BUSD - - -
ETHBTC perpetual ETH BTC - - -
BTCDOMUSDT perpetual BTCDOM USDT - - -
USDCUSDT perpetual USDC USDT - - -
BTCUSDT_240927 future BTC USDT 2024-09-27 - -
ETHUSDT_241227 future ETH USDT 2024-12-27 - -
BTCUSDT_241327
BTCUSDT_PERP
PERPETUALS`,
  'binance-delivery': `
BTCUSD_PERP perpetual BTC USD - - -
ETHUSD_PERP perpetual ETH USD - - -
LINKUSD_PERP perpetual LINK USD - - -
BTCUSD_240927 future BTC USD 2024-09-27 - -
ADAUSD_210625 future ADA USD 2021-06-25 - -
BTCUSD
BTCUSDT_PERP`,
  'binance-european-options': `
BTC-240927-50000-C option BTC USDT 2024-09-27 50000 call
ETH-230630-1800-P option ETH USDT 2023-06-30 1800 put
DOGE-240628-0.15-C option DOGE USDT 2024-06-28 0.15 call
XRP-240628-0.525-P option XRP USDT 2024-06-28 0.525 put
BTC-240927-50000`,
  okex: `
BTC-USDT spot BTC USDT - - -
ETH-BTC spot ETH BTC - - -
SHIB-USDT spot SHIB USDT - - -
BTC-USDT-SWAP`,
  'okex-swap': `
BTC-USD-SWAP perpetual BTC USD - - -
BTC-USDT-SWAP perpetual BTC USDT - - -
BTC-USDC-SWAP perpetual BTC USDC - - -
SATS-USDT-SWAP perpetual SATS USDT - - -
BTC-USD_UM-SWAP
BTC-USDT`,
  'okex-futures': `
BTC-USD-240927 future BTC USD 2024-09-27 - -
BTC-USDT-240927 future BTC USDT 2024-09-27 - -
EOS-USD-190329 future EOS USD 2019-03-29 - -
BTC-USD-241301
BTC-USD-SWAP`,
  'okex-options': `
BTC-USD-240927-50000-C option BTC USD 2024-09-27 50000 call
ETH-USD-200626-220-P option ETH USD 2020-06-26 220 put
BTC-USD-240927-50000`,
  bybit: `
BTCUSD perpetual BTC USD - - -
BTCUSDT perpetual BTC USDT - - -
10000LADYSUSDT perpetual 10000LADYS USDT - - -
PERPUSDT perpetual PERP USDT - - -
BTCPERP perpetual BTC USDC - - -
1000PEPEPERP perpetual 1000PEPE USDC - - -
BTCUSDU24 future BTC USD - - -
ETHUSDZ22 future ETH USD - - -
BTC-27SEP24 future BTC USDC 2024-09-27 - -
BTCUSDT-27SEP24 future BTC USDT 2024-09-27 - -
ETHUSDT-3JAN25 future ETH USDT 2025-01-03 - -
BTCUSDTU24
BTCEUR`,
  'bybit-options': `
BTC-27SEP24-50000-C option BTC USDC 2024-09-27 50000 call
ETH-3JAN25-3400-P option ETH USDC 2025-01-03 3400 put
SOL-28MAR25-200-C-USDT option SOL USDT 2025-03-28 200 call
BTC-27SEP24-50000-C-EUR`,
  bitmex: `
XBTUSD perpetual XBT USD - - -
ETHUSD perpetual ETH USD - - -
XBTUSDT perpetual XBT USDT - - -
XBTEUR perpetual XBT EUR - - -
SOLUSDT perpetual SOL USDT - - -
XBT_USDT spot XBT USDT - - -
ETH_USDT spot ETH USDT - - -
XBTU24 future XBT - - - -
XBTM19 future XBT - - - -
ADAM18 future ADA - - - -
ADAU19 future ADA - - - -
DASHU17 future DASH - - - -
TRXU18 future TRX - - - -
.BXBT
.XBTUSDPI8H
XBT7D_U105
XBJ24H
LINKUSDTM21
XBTUSDM24`,
  coinbase: `
BTC-USD spot BTC USD - - -
ETH-BTC spot ETH BTC - - -
USDT-USDC spot USDT USDC - - -
00-USD spot 00 USD - - -
BTCUSD`,
  kraken: `
XBT/USD spot XBT USD - - -
XBT-USD spot XBT USD - - -
ETH/XBT spot ETH XBT - - -
SHIB/EUR spot SHIB EUR - - -
XBTUSD`,
  cryptofacilities: `
PI_XBTUSD perpetual XBT USD - - -
PF_XBTUSD perpetual XBT USD - - -
pf_ethusd perpetual ETH USD - - -
FI_XBTUSD_240927 future XBT USD 2024-09-27 - -
FF_ETHUSD_240628 future ETH USD 2024-06-28 - -
PV_XRPXBT
PF_ETHEUR
FI_XBTUSD_241301`,
  'huobi-dm': `
BTC_CW future BTC USD - - -
BTC_NW future BTC USD - - -
ETH_CQ future ETH USD - - -
EOS_NQ future EOS USD - - -
BTC240927`,
  'huobi-dm-swap': `
BTC-USD perpetual BTC USD - - -
ETH-USD perpetual ETH USD - - -
BTC-USDT`,
  'huobi-dm-linear-swap': `
BTC-USDT perpetual BTC USDT - - -
SHIB-USDT perpetual SHIB USDT - - -
BTC-USDT-240927 future BTC USDT 2024-09-27 - -
BTC-USD`,
  ftx: `
BTC-PERP perpetual BTC USD - - -
1INCH-PERP perpetual 1INCH USD - - -
BTC-20211231 future BTC USD 2021-12-31 - -
BTC-0924 future BTC USD - - -
BTC/USD spot BTC USD - - -
ETH/BTC spot ETH BTC - - -
BTC-MOVE-0924
BTC-MOVE-20200925
TRUMP2024
BTC-HASH-2021Q1`,
  'gate-io': `
BTC_USDT spot BTC USDT - - -
ETH_BTC spot ETH BTC - - -
BTC3L_USDT spot BTC3L USDT - - -`,
  'gate-io-futures': `
BTC_USDT perpetual BTC USDT - - -
BTC_USD perpetual BTC USD - - -
BTC_USDT_20240927 future BTC USDT 2024-09-27 - -
BTC_EUR`,
  kucoin: `
BTC-USDT spot BTC USDT - - -
KCS-BTC spot KCS BTC - - -
XBTUSDTM`,
  upbit: `
KRW-BTC spot BTC KRW - - -
BTC-ETH spot ETH BTC - - -
USDT-XRP spot XRP USDT - - -
SGD-BTC`,
  'bitfinex-derivatives': `
BTCF0:USTF0 perpetual BTC UST - - -
ETHF0-USTF0 perpetual ETH UST - - -
ETHF0:BTCF0 perpetual ETH BTC - - -
tBTCUSD`,
  'woo-x': `
SPOT_BTC_USDT spot BTC USDT - - -
PERP_ETH_USDT perpetual ETH USDT - - -
BTC_USDT`,
  bitstamp: `
BTCUSD
btcusd`,
}
