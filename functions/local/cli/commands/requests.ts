import { type Ledger, openLedger } from '../../../ledger/ledger.ts'
import type { KeptRequest } from '../../../ledger/request.ts'
import { REQUEST_ID, REQUEST_ID_EXPECTED } from '../../../market/names.ts'
import { systemClock } from '../../../runtime/deadline.ts'
import { shown } from '../../../runtime/shown.ts'
import { openForReading, openForWork } from '../../pipeline/destination.ts'
import { readUnderWay, requestsTable } from '../../report/requests-text.ts'
import { EXIT_COMPLETE, EXIT_INCOMPLETE } from '../exit-codes.ts'
import { openLog } from '../logging.ts'
import { DESTINATION_FLAGS, readSettings, type Settings, trySettings } from '../settings.ts'
import { type Arguments, type CliContext, defineCommand } from './command.ts'

const ACTIONS = ['list', 'show', 'give-up'] as const
type Action = (typeof ACTIONS)[number]
const FLAGS = DESTINATION_FLAGS

export default defineCommand({
  usage: '[list | show ID | give-up ID] [flags]',
  about:
    'Lists, shows or gives up the requests for given days that the deployed functions keep until all their days are complete. Each scheduled run resumes those that are open; one that is given up is not resumed any more, and nothing is deleted.',
  flags: FLAGS,
  examples: [
    ['tick-handler requests --bucket my-ticks', 'all of them'],
    ['tick-handler requests show 0123456789abcdef --bucket my-ticks', 'one of them, as its JSON document'],
    ['tick-handler requests give-up 0123456789abcdef --bucket my-ticks', 'resume it no more'],
  ],
  takesRest: true,
  async check({ flags, rest }, context) {
    return [...actionFaults(rest), ...(await trySettings(flags, context)).faults]
  },
  async run(args, context) {
    const settings = await readSettings(args.flags, context)
    const [action = 'list', id = ''] = args.rest as [Action?, string?]
    if (action === 'list') return await list(settings, args, context)
    return action === 'show' ? await show(id, settings, context) : await giveUp(id, settings, args, context)
  },
})

function actionFaults([action = 'list', id, ...more]: readonly string[]): string[] {
  const known: readonly string[] = ACTIONS
  if (!known.includes(action)) return [`unexpected argument ${shown(action)}, expected list, show or give-up`]
  const needsId = action !== 'list'
  if (needsId && (id === undefined || !REQUEST_ID.test(id))) {
    return [`${action}: found ${id === undefined ? 'no id' : shown(id)}, expected ${REQUEST_ID_EXPECTED}`]
  }
  return [...(needsId || id === undefined ? [] : [id]), ...more].map(arg => `unexpected argument ${shown(arg)}`)
}

async function list(settings: Settings, { flags }: Arguments<typeof FLAGS>, { stdout }: CliContext): Promise<number> {
  await using opened = await openForReading(settings)
  const ledger = openLedger(opened.bucket, settings.config.gcsPrefix)
  const underWay = await readUnderWay(ledger, Date.now())
  if (flags.json) stdout.write(`${JSON.stringify({ ...underWay, where: settings.destination.shown })}\n`)
  else if (underWay.requests.length > 0) stdout.write(`${requestsTable(underWay.requests).join('\n')}\n`)
  else if (!flags.quiet) stdout.write(`No requests are kept in ${settings.destination.shown}.\n`)
  return underWay.requests.some(({ state }) => state === 'open') ? EXIT_INCOMPLETE : EXIT_COMPLETE
}

async function show(id: string, settings: Settings, { stdout }: CliContext): Promise<number> {
  await using opened = await openForReading(settings)
  const ledger = openLedger(opened.bucket, settings.config.gcsPrefix)
  stdout.write(`${JSON.stringify(await found(id, ledger, settings), undefined, 2)}\n`)
  return EXIT_COMPLETE
}

async function giveUp(
  id: string,
  settings: Settings,
  { flags }: Arguments<typeof FLAGS>,
  context: CliContext,
): Promise<number> {
  await using log = await openLog({ flags, level: undefined, usual: 'warn', secrets: [] }, context)
  await using opened = await openForWork(settings)
  const ledger = openLedger(opened.bucket, settings.config.gcsPrefix)
  await found(id, ledger, settings)
  const endedAt = new Date().toISOString()
  const services = { clock: systemClock, random: Math.random, log }
  const end = await ledger.update(
    'request',
    id,
    current => current && (current.state === 'open' ? { ...current, state: 'given-up' as const, endedAt } : current),
    services,
  )
  const { state } = end!.document
  if (!flags.quiet) {
    context.stdout.write(end!.written ? `${id} is given up.\n` : `${id} is ${state} already, nothing changed.\n`)
  }
  return EXIT_COMPLETE
}

async function found(id: string, ledger: Ledger, { destination }: Settings): Promise<KeptRequest> {
  const request = await ledger.readRequest(id)
  if (request) return request
  throw new Error(`no request ${id} in ${destination.shown}: tick-handler requests lists them`)
}
