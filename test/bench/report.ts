/** What one engine's process says of its work: see `engines/engine.mjs`. */
export interface Report {
  readonly cold: Figures
  /** The second run of the same work in the same process, as a function's instance works. */
  readonly warm: Figures | undefined
  /** Of the whole process, its start included. */
  readonly cpuMs: number
  readonly peakRssBytes: number
}

export interface Figures {
  readonly wallMs: number
  readonly cpuMs: number
}
