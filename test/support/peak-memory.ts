/** Imported before a command (`--import`): tells at its end the most memory that its process has had. */
process.on('exit', () => {
  process.stderr.write(`peak ${Math.round(process.resourceUsage().maxRSS / 1000)} MB\n`)
})
