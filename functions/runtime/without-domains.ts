import domain from 'node:domain'

/** What functions-framework uses of a domain. */
class NoDomain {
  on(): this {
    return this
  }

  bind<T>(callback: T): T {
    return callback
  }

  /** Calls `work`, which has the request handled in the next tick. The framework takes its domain from the process there. */
  run(work: () => void): void {
    setCurrent(this)
    work()
    process.nextTick(setCurrent, undefined)
  }
}

function setCurrent(current: NoDomain | undefined): void {
  Object.assign(process, { domain: current })
}

/**
 * Has functions-framework handle requests without domains of Node.js. The first domain turns on hooks for every promise of
 * the process, for good, which takes a sixth of the CPU time of small files. Nothing here needs a domain: a handler's
 * promise says how it ended, and an error that nobody catches ends the instance by the framework's own handler for those,
 * so that the message comes again. https://nodejs.org/api/domain.html
 */
export function runWithoutDomains(): void {
  Object.assign(domain, { create: () => new NoDomain() })
}
