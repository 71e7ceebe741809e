import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const TICK_HANDLER = fileURLToPath(new URL('../../../functions/local/tick-handler.ts', import.meta.url))
const NODE = process.execPath

/** Runs `tick-handler monitor` as a process of its own; `ready` is awaited with it once its command says "ready". */
async function run(args: readonly string[], stdin = '', ready?: (pid: number) => void) {
  // In a session of its own: in a terminal's foreground group, Ctrl-C is the terminal's to pass on.
  const options = { env: { ...process.env, LC_ALL: 'C.UTF-8' }, detached: true }
  const child = spawn(NODE, [TICK_HANDLER, 'monitor', ...args], options)
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', text => {
    stdout += text
    if (ready && stdout.includes('ready\n')) ready(child.pid!)
  })
  child.stderr.setEncoding('utf8').on('data', text => {
    stderr += text
  })
  child.stdin.end(stdin)
  const [code, signal] = await once(child, 'close')
  return { code, signal, stdout, stderr }
}

const script = (text: string) => ['--', NODE, '-e', text]

describe('tick-handler monitor', () => {
  before(function () {
    if (process.platform !== 'linux') this.skip()
  })

  it('passes input and output through byte by byte, and ends with the command’s exit code', async () => {
    const text = 'a\r\n\x00\x1b[31mäß\n'.repeat(1000)
    const { code, stdout, stderr } = await run(script('process.stdin.pipe(process.stdout); process.exitCode = 7'), text)
    assert.equal(code, 7)
    assert.equal(stdout, text)
    assert.match(stderr, /exit code 7 after/)
    assert.equal(stderr.includes('\x1b'), false, 'no colours and no block where there is no terminal')
  })

  it('measures the memory of a command, and of one that it starts through a shell', async () => {
    const hold = 'const kept = Buffer.alloc(120 << 20, 1); setTimeout(() => kept, 400)'
    const { stderr } = await run(['--limit', '512', '--', 'sh', '-c', `"${NODE}" -e '${hold}'; exit 3`])
    const [, peak] = /peak ([\d.]+) MiB at .*% of 512 MiB/.exec(stderr) ?? []
    assert.ok(Number(peak) > 150 && Number(peak) < 230, stderr)
    assert.match(stderr, /2 seen, at most 2 at once/)
    assert.match(stderr, /exit code 3/)
  })

  it('forwards a signal and reports how the command ended', async () => {
    const patient = 'process.on("SIGTERM", () => process.exit(5)); console.log("ready"); setInterval(() => {}, 1e6)'
    const asked = await run(script(patient), '', pid => process.kill(pid, 'SIGTERM'))
    assert.equal(asked.code, 5)
    assert.match(asked.stderr, /exit code 5/)
    const deaf = 'console.log("ready"); setInterval(() => {}, 1e6)'
    const interrupted = await run(script(deaf), '', pid => process.kill(pid, 'SIGINT'))
    assert.equal(interrupted.code, 130, 'without a terminal, Ctrl-C reaches no other process by itself')
    assert.match(interrupted.stderr, /exit code 130 \(SIGINT\)/)
  })

  it('exits as a shell does for a command that does not exist or may not run', async () => {
    const missing = await run(['--', 'no-such-command-here'])
    assert.deepEqual(
      [missing.code, missing.stderr],
      [127, 'tick-handler: cannot start "no-such-command-here": there is no such command\n'],
    )
    assert.equal((await run(['--', tmpdir()])).code, 126)
  })

  it('reports a missing command and faulty flags before anything starts', async () => {
    const none = await run(['--limit', '256'])
    assert.equal(none.code, 2)
    assert.match(none.stderr, /missing the command: tick-handler monitor -- COMMAND/)
    const bad = await run(['--interval', '0', '--limt', '5', ...script('console.log("started")')])
    assert.equal(bad.code, 2)
    assert.equal(bad.stdout, '')
    assert.match(bad.stderr, /--limt: unknown flag \(did you mean --limit\?\)\n.*--interval: found "0"/)
  })

  it('passes the flags of the command to the command', async () => {
    const { stdout } = await run([
      '--quiet',
      '--',
      NODE,
      '-p',
      'process.argv.slice(1).join()',
      '--',
      '--limit',
      '-x',
      '--',
    ])
    assert.equal(stdout, '--limit,-x,--\n')
  })

  it('writes the page and every sample, the peak among them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'monitor-'))
    try {
      const [report, csv] = [join(folder, 'run.html'), join(folder, 'run.csv')]
      const text =
        'const kept = []; let n = 0; const t = setInterval(() => { kept.push(Buffer.alloc(1 << 20, 1)); if (++n > 60) clearInterval(t) }, 10)'
      const flags = ['--report', report, '--csv', csv, '--title', 'sixty <MiB>', '--limit', '200']
      const { code, stderr } = await run([...flags, ...script(text)])
      assert.equal(code, 0, stderr)
      const page = await readFile(report, 'utf8')
      assert.match(page, /<title>sixty &#60;MiB&#62;: memory<\/title>/)
      const [head, ...lines] = (await readFile(csv, 'utf8')).trim().split('\n')
      assert.equal(head, 'seconds,memory_bytes,rss_sum_bytes,processes,threads,cpu_seconds,cpu_cores,system_free_bytes')
      assert.match(stderr, new RegExp(`; ${lines.length} samples`))
      const samples = lines.map(line => line.split(',').map(Number))
      assert.ok(samples.flat().every(Number.isFinite))
      assert.ok(samples.every(([at], i) => i === 0 || at! > samples[i - 1]![0]!))
      const highest = Math.max(...samples.map(([, memory]) => memory!)) / 2 ** 20
      const peak = Number(/peak ([\d.]+) MiB/.exec(stderr)?.[1])
      assert.ok(peak >= Math.floor(highest) && peak < highest + 20 && highest > 80, `${peak} and ${highest}`)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('prints and keeps no value of an argument that looks like a secret', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'monitor-'))
    const report = join(folder, 'run.html')
    const secrets = ['--api-key', 's3cret-a', '--token=s3cret-b', 'TARDIS_API_KEY=s3cret-c']
    const running = script('const t = setInterval(() => {}, 10); setTimeout(() => clearInterval(t), 600)')
    const { code, stdout, stderr } = await run(['--report', report, '--interval', '50', ...running, '--', ...secrets])
    assert.equal(code, 0, stderr)
    const page = await readFile(report, 'utf8')
    await rm(folder, { recursive: true })
    assert.match(page, /--api-key \*\*\* --token=\*\*\* TARDIS_API_KEY=\*\*\*/)
    assert.doesNotMatch(page + stdout + stderr, /s3cret/)
  })

  it('stops before the command where a file cannot be written', async () => {
    const { code, stdout, stderr } = await run(['--csv', '/no/such/folder/x.csv', ...script('console.log("started")')])
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /\/no\/such\/folder\/x\.csv: no such file or folder/)
  })

  it('finds a descendant that outlives its parent, and reports that it lives on', async () => {
    const orphan = 'setTimeout(() => {}, 1500)'
    const parent = `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(orphan)}], { detached: true, stdio: "ignore" }).unref(); setTimeout(() => {}, 300)`
    const { code, stderr } = await run(script(parent))
    assert.equal(code, 0)
    assert.match(stderr, /; 1 still running/)
  })
})
