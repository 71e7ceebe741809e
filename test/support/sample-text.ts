import { SAMPLE_SYMBOLS } from '../../functions/emulators/tardis/sample/catalogue.ts'
import { sampleText } from '../../functions/emulators/tardis/sample/dataset.ts'

/** A generated dataset's text, of exactly so many rows. */
export function sampleOf(dataType: string, rows: number): string {
  const busy = SAMPLE_SYMBOLS.find(({ dataTypes }) => dataTypes.includes(dataType))!
  const request = { instrument: busy.instrument, dataType, date: '2024-08-08', seed: 1, length: { rows } }
  return Buffer.concat([...sampleText(request)]).toString()
}
