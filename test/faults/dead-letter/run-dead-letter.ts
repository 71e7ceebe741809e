import { NoEmulator } from '../../../functions/local/dev/emulator.ts'
import { conclude } from '../report.ts'
import { deadLettered } from './dead-letter.ts'

try {
  for (const line of await deadLettered()) console.log(line)
  conclude('dead letters, through the Pub/Sub emulator', { passed: 1, failed: 0 })
} catch (error) {
  if (error instanceof NoEmulator) {
    console.log(`NOT RUN: ${error.message}`)
    conclude('dead letters: SKIPPED', { passed: 0, failed: 0 })
  } else {
    console.log(error)
    conclude('dead letters, through the Pub/Sub emulator', { passed: 0, failed: 1 })
  }
}
