/**
 * Loaded by Node before the Functions Framework (`--import`), which listens on all interfaces and takes no address:
 * its server listens on loopback only, and refuses the requests of pages.
 */

import { Server as HttpServer } from 'node:http'
import { Server } from 'node:net'
import { refuseForeignRequests } from '../../emulators/loopback.ts'

type Listen = (this: Server, port: number | string, host: string, listening?: () => void) => Server
const listen = Server.prototype.listen as Listen

/** As the framework calls it: `listen(port, listening)`. */
Server.prototype.listen = function (this: Server, port: number | string, listening?: () => void): Server {
  if (this instanceof HttpServer) refuseForeignRequests(this)
  return listen.call(this, Number(port), '127.0.0.1', listening)
} as Server['listen']
