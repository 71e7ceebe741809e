import assert from 'node:assert/strict'
import { createPsSource, parsePs } from '../../../functions/local/monitor/ps-source.ts'

const MAC = `
    1     0   9120   4:07.51 Mon Nov 23 14:22:01 2026 /sbin/launchd
  501     1  80000   0:01.50 Tue Dec  1 09:00:00 2026 /Users/A B/bin/node
  502   501  20480 1:02:03   Tue Dec  1 09:00:01 2026 (helper)
  503   502      0 2-01:00:00 Tue Dec  1 09:00:01 2026 gone
  600     1   4096   0:00.01 Tue Dec  1 09:00:02 2026 other
`

describe('createPsSource', () => {
  it('reads what ps prints', () => {
    const [, node, helper, gone] = parsePs(MAC)
    assert.deepEqual([node!.pid, node!.parentPid, node!.rssBytes, node!.cpuSeconds], [501, 1, 81_920_000, 1.5])
    assert.deepEqual([node!.name, helper!.name], ['node', '(helper)'])
    assert.deepEqual([helper!.cpuSeconds, gone!.cpuSeconds], [3723, 2 * 86_400 + 3600])
    assert.deepEqual(parsePs('nonsense\n\n'), [])
  })

  it('follows a process and its descendants, adopted ones too', async () => {
    let text = MAC
    const source = createPsSource(async () => text)
    const first = await source.read(501)
    assert.deepEqual(
      first.processes.map(({ pid }) => pid),
      [501, 502],
    )
    assert.equal(first.residentBytes, (80_000 + 20_480) * 1024)
    text = MAC.replace('  502   501', '  502     1').replace(/^ {2}501.*$/m, '')
    assert.deepEqual(
      (await source.read(501)).processes.map(({ pid }) => pid),
      [502],
    )
    text = text.replace('09:00:01', '10:00:00')
    assert.deepEqual((await source.read(501)).processes, [])
  })
})
