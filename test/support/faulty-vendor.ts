import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { startTardisServer } from '../../functions/emulators/tardis/server.ts'
import type { TardisSource } from '../../functions/emulators/tardis/source.ts'
import { Secret } from '../../functions/runtime/config/secret.ts'

/** What is done to a request for a file. Without a response the client waits. */
export type VendorFault = (call: VendorCall) => void | Promise<void>

export interface VendorCall {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** What would be served: the dataset, or the exchange details. */
  readonly file: Buffer
  /** Counts the times that the fault has fired, from 1. */
  readonly time: number
}

export interface VendorPlant {
  /** `exchange`, or a symbol. */
  readonly at: string
  readonly fault: VendorFault
  /** How often it fires, then all is well again. */
  readonly times: number
  fired: number
}

export interface FaultyVendor {
  readonly apiUrl: string
  readonly datasetsUrl: string
  /** Files by symbol, and `exchange`: may be changed. */
  readonly files: Map<string, Buffer>
  /** What was asked for, in order: symbols and `exchange`. */
  readonly asked: string[]
  plant(at: string, fault: VendorFault, times?: number): VendorPlant
  /** All is well from now on. */
  heal(): void
  close(): Promise<void>
}

/** A vendor on a loopback port that serves trades of one venue's symbols, and has faults planted in its answers. */
export async function startFaultyVendor(files: ReadonlyMap<string, Buffer>, apiKey: string): Promise<FaultyVendor> {
  const plants: VendorPlant[] = []
  const own = new Map(files)
  const asked: string[] = []
  const source: TardisSource = {
    venues: async () => ['binance'],
    exchange: async venue => (venue === 'binance' ? own.get('exchange') : undefined),
    async dataset({ venue, dataType, symbol }) {
      const file = venue === 'binance' && dataType === 'trades' ? own.get(symbol) : undefined
      if (!file) return undefined
      return { bytes: file.length, md5Hex: '', lastModified: new Date(0), stream: () => Readable.from([file]) }
    },
  }
  const server = await startTardisServer({
    source,
    apiKey: new Secret(apiKey),
    async intercept(request, response) {
      const at = /\/exchanges\//.test(request.url!) ? 'exchange' : /([^/]+)\.csv\.gz(?:\?|$)/.exec(request.url!)?.[1]
      if (at === undefined) return false
      asked.push(at)
      const planted = plants.find(plant => plant.at === at && plant.fired < plant.times)
      if (!planted) return false
      planted.fired += 1
      await planted.fault({ request, response, file: own.get(at) ?? Buffer.alloc(0), time: planted.fired })
      return true
    },
  })
  return {
    apiUrl: server.apiUrl,
    datasetsUrl: server.datasetsUrl,
    files: own,
    asked,
    plant(at, fault, times = 1) {
      const planted = { at, fault, times, fired: 0 }
      plants.push(planted)
      return planted
    },
    heal: () => void plants.splice(0),
    close: () => server.close(),
  }
}
