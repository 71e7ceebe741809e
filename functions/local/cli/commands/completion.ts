import { shown } from '../../../runtime/shown.ts'
import { COMMON_FLAGS } from '../common-flags.ts'
import { completionScript, SHELLS, type Shell } from '../completion.ts'
import { EXIT_COMPLETE } from '../exit-codes.ts'
import type { Flags } from '../flags.ts'
import { type Command, defineCommand } from './command.ts'

interface LoadedLater {
  readonly name: string
  readonly about: string
  readonly load: () => Promise<{ readonly default: { readonly flags: Flags } }>
}

/** The command that completes `entries`: it is one of them itself, so they are handed in. */
export const completionOf = (entries: readonly LoadedLater[]): Command<Record<never, never>> =>
  defineCommand({
    usage: `${SHELLS.join(' | ')}`,
    about:
      'Prints the script with which a shell completes commands, flags, data types and files after the word tick-handler.',
    flags: {},
    examples: [
      ['tick-handler completion bash > ~/.tick-handler.bash', 'then source it in ~/.bashrc'],
      ['tick-handler completion zsh > ~/.tick-handler.zsh', 'then source it in ~/.zshrc, after compinit'],
      ['tick-handler completion fish > ~/.config/fish/completions/tick-handler.fish', 'fish finds it there'],
    ],
    takesRest: true,
    async check({ rest: [shell, ...more] }) {
      const known: readonly string[] = SHELLS
      const expected = `expected one of ${SHELLS.join(', ')}`
      if (shell === undefined) return [`missing the shell: ${expected}`]
      if (!known.includes(shell)) return [`found ${shown(shell)}, ${expected}`]
      return more.map(arg => `unexpected argument ${shown(arg)}`)
    },
    async run({ flags, rest }, { stdout }) {
      const commands = await Promise.all(
        entries.map(async ({ name, about, load }) => ({
          name,
          about,
          flags: { ...(await load()).default.flags, ...COMMON_FLAGS },
        })),
      )
      const script = completionScript(rest[0] as Shell, commands)
      stdout.write(flags.json ? `${JSON.stringify({ shell: rest[0], script })}\n` : flags.quiet ? '' : script)
      return EXIT_COMPLETE
    },
  })
