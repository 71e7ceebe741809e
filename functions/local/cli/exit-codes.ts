/** The exit codes of every command, and what each of them means everywhere. */
export const EXIT_CODES = [
  [0, 'done: everything asked for is complete (monitor: the exit code of its command)'],
  [1, 'not done: something is incomplete, failed, or nothing was found; the output names it'],
  [2, 'the command line or the settings are wrong; nothing was read or written'],
  [126, 'monitor: the command cannot be run'],
  [127, 'monitor: there is no such command'],
  [129, 'stopped by SIGHUP; run the same command to resume'],
  [130, 'stopped by Ctrl-C (SIGINT); run the same command to resume'],
  [143, 'stopped by SIGTERM; run the same command to resume'],
] as const

/** Everything asked for is complete. */
export const EXIT_COMPLETE = 0
/** Something asked for is not complete, or something failed. */
export const EXIT_INCOMPLETE = 1
/** The command line or the settings are wrong; nothing was read or written. */
export const EXIT_USAGE = 2
