/** Made-up series of a process's memory, batch by batch: what healthy processes and leaks look like. */

export const KIB = 1024
export const MIB = 1024 * KIB

type Random = () => number
/** What one cause adds to the memory in use after batch `i` of `n`. */
export type Cause = (random: Random) => (i: number, n: number) => number

/** https://en.wikipedia.org/wiki/Linear_congruential_generator */
function seeded(seed: number): Random {
  let state = seed % 2 ** 32
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32
    return state / 2 ** 32
  }
}

const gauss = (random: Random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

export const noise =
  (mib: number): Cause =>
  random =>
  () =>
    gauss(random) * mib * MIB
export const teeth =
  (mib: number, period: number): Cause =>
  random => {
    const phase = random() * period
    return i => (((i + phase) % period) / period) * mib * MIB
  }
export const garbage =
  (mib: number, collected: number): Cause =>
  random => {
    let held = 0
    return () => {
      held = random() < collected ? 0 : held + random() * mib * MIB
      return held
    }
  }
export const steps =
  (count: number, mib: number): Cause =>
  random => {
    const at = Array.from({ length: count }, () => random())
    return (i, n) => at.filter(share => i >= share * n).length * mib * MIB
  }
export const levelingOff =
  (mib: number, share: number): Cause =>
  () =>
  (i, n) =>
    mib * MIB * (1 - Math.exp(-i / (share * n)))
export const highestSoFar =
  (mib: number): Cause =>
  random => {
    let highest = 0
    return () => {
      highest = Math.max(highest, mib * MIB * Math.exp(gauss(random) * 0.5))
      return highest
    }
  }
export const wave =
  (mib: number, cycles: number): Cause =>
  random => {
    const phase = random() * 2 * Math.PI
    return (i, n) => mib * MIB * Math.sin(phase + (2 * Math.PI * cycles * i) / n)
  }
export const leak =
  (kib: number, from = 0): Cause =>
  () =>
  i =>
    Math.max(0, i - from) * kib * KIB
/** A leak that shows only when an arena is full. */
export const staircase =
  (kib: number, every: number): Cause =>
  () =>
  i =>
    Math.floor(i / every) * every * kib * KIB

/** Resident memory after each of `batches` batches. */
export function runOf(
  seed: number,
  batches: number,
  causes: readonly Cause[],
): { readonly at: number; readonly bytes: number }[] {
  const random = seeded(seed)
  const adding = causes.map(cause => cause(random))
  return Array.from({ length: batches }, (_, i) => ({
    at: i,
    bytes: 150 * MIB + adding.reduce((sum, add) => sum + add(i, batches), 0),
  }))
}

/** Memory without a leak, which no judge may accuse. */
export const HEALTHY: Readonly<Record<string, readonly Cause[]>> = {
  'nothing at all': [],
  noise: [noise(5)],
  'quick teeth of garbage': [teeth(20, 10), noise(1)],
  'slow teeth of garbage': [teeth(30, 60), noise(1)],
  'garbage collected at random': [garbage(3, 0.1)],
  'one step': [steps(1, 20), noise(1)],
  'two steps': [steps(2, 15), noise(1)],
}

/** Leaks that every judge must find. */
export const LEAKING: Readonly<Record<string, readonly Cause[]>> = {
  'a clean 100 KiB a batch': [leak(100)],
  '100 KiB a batch and noise': [leak(100), noise(1)],
  '100 KiB a batch in arenas': [staircase(100, 20), noise(0.5)],
  '100 KiB a batch after a warm-up': [leak(100), levelingOff(30, 0.03), noise(1)],
  '1 MiB a batch under teeth of 30 MiB': [leak(1000), teeth(30, 13), noise(3)],
}
