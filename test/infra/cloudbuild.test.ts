import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { ROOT } from './terraform.ts'

/** The part of https://cloud.google.com/build/docs/build-config-file-schema that is used; anything else is a fault. */
const build = z.strictObject({
  steps: z.array(
    z.strictObject({
      id: z.string().min(1),
      name: z.string().regex(/^[a-z0-9./-]+:\d+\.\d+\.\d+[a-z0-9.-]*$/, 'an image with an exact version'),
      entrypoint: z.string().optional(),
      env: z.array(z.string().regex(/^[A-Z_]+=/)).optional(),
      args: z.array(z.string()).min(1),
    }),
  ),
  substitutions: z.record(z.string().regex(/^_[A-Z_]+$/), z.string()),
  serviceAccount: z.string(),
  options: z.strictObject({ logging: z.literal('CLOUD_LOGGING_ONLY'), machineType: z.string() }),
  timeout: z.string().regex(/^\d+s$/),
})

describe('cloudbuild.yaml', () => {
  const text = readFileSync(join(ROOT, 'cloudbuild.yaml'), 'utf8')
  const { steps, substitutions, serviceAccount } = build.parse(parse(text))
  const scripts: Record<string, string> = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts ?? {}

  it('checks, builds and plans before it changes anything', () => {
    const order = steps.map(step => step.id)
    assert.deepEqual(order, [
      'install',
      'lint',
      'build',
      'test',
      'package',
      'artefact',
      'format',
      'init',
      'validate',
      'plan',
      'apply',
    ])
    // Nothing runs beside anything else: a step that fails ends the build before the next begins.
    assert.doesNotMatch(text, /waitFor|allowFailure|allowExitCodes/)
    const changing = steps.filter(({ args }) => /\b(apply|destroy|deploy|import)\b/.test(args.join(' ')))
    assert.deepEqual(
      changing.map(step => step.id),
      ['apply'],
    )
  })

  it('applies the plan that was shown, and only if it is to', () => {
    const script = steps.at(-1)!.args.join('\n')
    const plan = steps.find(step => step.id === 'plan')!.args.find(argument => argument.startsWith('-out='))
    assert.match(script, new RegExp(` ${plan!.slice('-out='.length)}\\s*$`))
    assert.match(script, /if \[ "\$\{_APPLY\}" != true \]; then[\s\S]*exit 0/)
  })

  it('runs as an account of its own', () => {
    assert.match(serviceAccount, /^projects\/\$\{PROJECT_ID\}\/serviceAccounts\/\$\{_DEPLOYER\}@/)
  })

  it('declares each substitution it uses, and uses each it declares', () => {
    const used = new Set([...text.matchAll(/\$\{(_[A-Z_]+)\}/g)].map(([, name]) => name))
    assert.deepEqual([...used].sort(), Object.keys(substitutions).sort())
  })

  it('runs scripts that package.json has', () => {
    const run = steps.filter(step => step.entrypoint === 'npm' && step.args[0] !== 'ci')
    const names = run.map(({ args }) => (args[0] === 'run' ? args[1]! : args[0]!))
    assert.deepEqual(names, ['lint', 'build', 'test'])
    assert.deepEqual(
      names.filter(name => scripts[name] === undefined),
      [],
    )
  })
})
