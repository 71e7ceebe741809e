const MASK = '***'

/** Names of flags, variables, headers and query parameters whose value is a secret. */
const SECRET_NAME =
  /(?:^|[^a-z])(?:api[-_]?keys?|keys?|tokens?|secrets?|passw(?:or)?d|passphrase|pwd|auth|authorization|credentials?|bearer|signature|sig)$/i
/** Secrets that show by themselves: keys of Tardis, GitHub, Slack, AWS, Google and others, and JSON Web Tokens. */
const SECRET_VALUE =
  /\b(?:TD\.[\w.-]{8,}|gh[pousr]_\w{16,}|github_pat_\w{16,}|xox[abprs]-[\w-]{10,}|AKIA[0-9A-Z]{16}|AIza[\w-]{30,}|ya29\.[\w-]{10,}|sk-[\w-]{16,}|eyJ[\w-]{5,}\.[\w-]+\.[\w-]*)/g

/**
 * The arguments of a command, fit to be printed and kept: values that look like secrets are `***`. It knows
 * `--api-key VALUE`, `--token=VALUE`, `NAME_KEY=VALUE`, `Authorization: …`, `user:password@host`, `?key=VALUE`, and keys
 * that are known by their form. It cannot know a secret that looks like any other text.
 */
export function maskSecrets(args: readonly string[]): string[] {
  return args.map((argument, at) => {
    const flag = /^--?([\w-]+)$/.exec(args[at - 1] ?? '')?.[1]
    const isValue = flag !== undefined && SECRET_NAME.test(flag) && !argument.startsWith('-')
    return isValue ? MASK : maskArgument(argument)
  })
}

function maskArgument(argument: string): string {
  return argument
    .replace(/^([\w.-]+)=(.+)$/s, (whole, name: string) => (SECRET_NAME.test(name) ? `${name}=${MASK}` : whole))
    .replace(/^([\w-]+): *(.+)$/s, (whole, name: string) => (SECRET_NAME.test(name) ? `${name}: ${MASK}` : whole))
    .replace(/(\/\/[^/\s:@]*:)[^/\s@]+@/g, `$1${MASK}@`)
    .replace(/([?&])([\w.-]+)=([^&#\s]+)/g, (whole, before: string, name: string) =>
      SECRET_NAME.test(name) ? `${before}${name}=${MASK}` : whole,
    )
    .replace(SECRET_VALUE, MASK)
}
