import type { DeadLetter, DeadLetters, Taken } from '../../../pubsub/dead-letters.ts'
import { oneOf } from '../../../runtime/config/values.ts'
import { shown } from '../../../runtime/shown.ts'
import { FUNCTIONS, type FunctionName } from '../../../wiring.ts'
import { subscriptionsOf } from '../../dev/topology.ts'
import { counted } from '../../terminal/human.ts'
import { renderTable } from '../../terminal/table.ts'
import { EXIT_COMPLETE, EXIT_INCOMPLETE } from '../exit-codes.ts'
import { natural, single, toggle } from '../flags.ts'
import { projectFlag } from '../project.ts'
import { DESTINATION_FLAGS, readEnvironment, readSettings, trySettings } from '../settings.ts'
import { type Arguments, type CliContext, defineCommand } from './command.ts'

const ACTIONS = ['list', 'show', 'replay', 'drop'] as const
type Action = (typeof ACTIONS)[number]

const FLAGS = {
  all: toggle('replay or drop all of them'),
  function: single('NAME', 'only those of schedule, fetch or aggregate (default all)', oneOf(FUNCTIONS)),
  'max-letters': natural('N', 'take at most N per function (default 1000)', 100_000),
  project: projectFlag("the topics' project (default GOOGLE_CLOUD_PROJECT, or the project of the credentials)"),
  settings: DESTINATION_FLAGS.settings,
}
type Given = Arguments<typeof FLAGS>

export default defineCommand({
  usage: '[list | show ID | replay ID… | drop ID… | replay --all | drop --all] [flags]',
  about:
    'Lists, shows, replays or drops the messages that the deployed functions (or those of dev, with PUBSUB_EMULATOR_HOST) could not work on.\nReplaying publishes a message once more, which is safe at any time. Dropping is for good, but schedule brings back the venue-days of kept requests and of the last days.\nNeeds roles/pubsub.subscriber on the dead-letter subscriptions, and for replay roles/pubsub.publisher on the topics.',
  flags: FLAGS,
  examples: [
    ['tick-handler dead-letters --project my-project', 'list them'],
    ['tick-handler dead-letters show 1234567890 --project my-project', 'the message, as it was published'],
    ['tick-handler dead-letters replay --all --function fetch --project my-project', 'once their cause is gone'],
  ],
  takesRest: true,
  async check({ flags, rest, given }, context) {
    const { settings, faults } = await trySettings({ settings: flags.settings }, context)
    const env = settings && (await readEnvironment(flags.settings, context))
    const needsProject = env?.PUBSUB_EMULATOR_HOST && !given.has('project') && !projectOf(flags.project, env)
    return [
      ...actionFaults(rest, flags.all ?? false),
      ...(needsProject ? ['missing required --project with PUBSUB_EMULATOR_HOST (or set GOOGLE_CLOUD_PROJECT)'] : []),
      ...faults,
    ]
  },
  async run(args, context) {
    const env = await readEnvironment(args.flags.settings, context)
    const { openDeadLetters } = await import('../../../pubsub/dead-letters.ts')
    const emulatorHost = env.PUBSUB_EMULATOR_HOST || undefined
    // The client library looks for Google Cloud's own even then, for seconds, and warns that it is not there.
    if (emulatorHost) process.env.METADATA_SERVER_DETECTION ??= 'none'
    const { GOOGLE_CLOUD_UNIVERSE_DOMAIN: universeDomain } = env
    const client = await openDeadLetters({
      projectId: projectOf(args.flags.project, env),
      emulatorHost,
      universeDomain,
    })
    const boxes: Box[] = []
    try {
      await takeAll(client, boxes, args, context)
      return await act(boxes, args, context)
    } finally {
      for (const { taken } of boxes) await taken.release()
      await client.close()
    }
  },
})

function projectOf(flag: string | undefined, env: CliContext['env']): string | undefined {
  return flag ?? (env.GOOGLE_CLOUD_PROJECT || env.GCLOUD_PROJECT || undefined)
}

function actionFaults([action = 'list', ...ids]: readonly string[], all: boolean): string[] {
  const known: readonly string[] = ACTIONS
  if (!known.includes(action)) return [`unexpected argument ${shown(action)}, expected list, show, replay or drop`]
  if (action === 'list')
    return [...ids.map(id => `unexpected argument ${shown(id)}`), ...(all ? ['--all is for replay and drop'] : [])]
  if (action === 'show') return ids.length === 1 && !all ? [] : ['show: expected the id of one dead letter']
  if (all === ids.length > 0) return [`${action}: expected ids of dead letters, or --all`]
  return []
}

interface Box {
  readonly name: FunctionName
  readonly taken: Taken
}

async function takeAll(client: DeadLetters, boxes: Box[], { flags }: Given, context: CliContext): Promise<void> {
  const { config } = await readSettings({ settings: flags.settings }, context)
  const wanted = subscriptionsOf(config).filter(({ name }) => flags.function === undefined || name === flags.function)
  const most = flags['max-letters'] ?? 1_000
  await Promise.all(
    wanted.map(async ({ name, topic, deadLetterSubscription: subscription }) => {
      boxes.push({ name, taken: await client.take({ topic, subscription }, most) })
    }),
  )
  boxes.sort((a, b) => FUNCTIONS.indexOf(a.name) - FUNCTIONS.indexOf(b.name))
}

async function act(boxes: readonly Box[], { flags, rest }: Given, { stdout }: CliContext): Promise<number> {
  const [action = 'list', ...ids] = rest as [Action?, ...string[]]
  const all = boxes.flatMap(({ name, taken }) => taken.letters.map(letter => ({ name, taken, letter })))
  if (action === 'list') {
    if (flags.json) stdout.write(`${JSON.stringify({ deadLetters: all.map(documentOf) })}\n`)
    else if (!flags.quiet) stdout.write(all.length > 0 ? `${tableOf(all).join('\n')}\n` : 'No dead letters.\n')
    return all.length > 0 ? EXIT_INCOMPLETE : EXIT_COMPLETE
  }
  const absent = ids.filter(id => !all.some(({ letter }) => letter.id === id))
  if (absent.length > 0) throw new Error(`no dead letter ${absent.join(', ')}: tick-handler dead-letters lists them`)
  const chosen = flags.all ? all : all.filter(({ letter }) => ids.includes(letter.id))
  if (action === 'show') {
    stdout.write(flags.json ? `${JSON.stringify(documentOf(chosen[0]!))}\n` : `${decode(chosen[0]!.letter)}\n`)
    return EXIT_COMPLETE
  }
  for (const { taken, letter } of chosen) await taken[action](letter)
  if (!flags.quiet) {
    stdout.write(`${action === 'replay' ? 'replayed' : 'dropped'} ${counted(chosen.length, 'dead letter')}\n`)
  }
  return EXIT_COMPLETE
}

interface Named {
  readonly name: FunctionName
  readonly letter: DeadLetter
}

function documentOf({ name, letter }: Named): object {
  const { id, since, attempts } = letter
  return { id, function: name, since, attempts, message: decode(letter) }
}

function tableOf(letters: readonly Named[]): string[] {
  const rows = letters.map(({ name, letter }) => {
    const { id, since = '–', attempts } = letter
    return [id, name, since.slice(0, 16), attempts === undefined ? '–' : String(attempts), shown(decode(letter))]
  })
  return renderTable([['id', 'function', 'since', 'attempts', 'message'], ...rows], 5, '')
}

function decode({ data }: DeadLetter): string {
  return new TextDecoder().decode(data)
}
