/** As much of the wire format as Pub/Sub's requests need: https://protobuf.dev/programming-guides/encoding/ */
export type Field = readonly [number: number, value: Buffer | number]

/** Throws for a wire type other than 0 (a number) and 2 (bytes). */
export function decodeFields(bytes: Buffer): Field[] {
  const fields: Field[] = []
  let at = 0
  const varint = () => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }
  while (at < bytes.length) {
    const tag = varint()
    const wireType = tag & 7
    if (wireType !== 0 && wireType !== 2) throw new Error(`found wire type ${wireType}, expected 0 or 2`)
    const value = varint()
    fields.push([tag >> 3, wireType === 0 ? value : bytes.subarray(at, at + value)])
    if (wireType === 2) at += value
  }
  return fields
}

/** All values of a field that holds bytes. */
export function bytesOf(fields: readonly Field[], number: number): Buffer[] {
  return fields.filter(field => field[0] === number).map(([, value]) => value as Buffer)
}

export function encodeFields(fields: readonly (readonly [number: number, value: Buffer | string | number])[]): Buffer {
  const parts = fields.flatMap(([number, value]) => {
    if (typeof value === 'number') return [varintOf(number * 8), varintOf(value)]
    const bytes = Buffer.from(value)
    return [varintOf(number * 8 + 2), varintOf(bytes.length), bytes]
  })
  return Buffer.concat(parts)
}

function varintOf(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest])
    bytes.push((rest % 128) + 128)
  }
}
