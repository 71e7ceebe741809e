import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Block, INFRA, type Json, list, object, type Resource, readModule } from './terraform.ts'

/** Arguments of a resource that Terraform itself reads. */
const META = ['for_each', 'count', 'depends_on', 'lifecycle', 'provider']

/**
 * Writes the module anew with providers that are built into Terraform, so that it can be applied and destroyed without
 * any cloud. Every resource is a `terraform_data` that holds its arguments. The archive, which is read from a folder, is
 * a `terraform_remote_state`, which is read from a file of the same folder.
 */
export async function writeStandIns(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  const { variables, outputs, locals, resources, data } = await readModule(files)
  const archive = data.find(({ type }) => type === 'archive_file')
  const copy = {
    variable: Object.fromEntries([...variables].map(([name, body]) => [name, withPlainType(body)])),
    output: Object.fromEntries(outputs),
    locals,
    data: { terraform_remote_state: { archive: archive && readsArchive(archive.body) } },
    resource: { terraform_data: Object.fromEntries(resources.map(resource => [nameOf(resource), standIn(resource)])) },
  }
  writeFileSync(join(folder, 'main.tf.json'), JSON.stringify(rewritten(copy as unknown as Json), undefined, 1))
  cpSync(join(INFRA, 'terraform.tfvars.example'), join(folder, 'terraform.tfvars'))
}

/** What `node infra/package.ts` leaves, as far as the copy reads it. */
export function layOutArtefact(folder: string): void {
  const artefact = join(folder, '.artefact')
  mkdirSync(artefact, { recursive: true })
  writeFileSync(join(artefact, 'package.json'), '{}')
  const outputs = Object.fromEntries(
    ['output_path', 'output_md5', 'output_sha256'].map(name => [name, { value: name, type: 'string' }]),
  )
  const state = { version: 4, terraform_version: '1.9.0', serial: 1, lineage: 'archive', outputs, resources: [] }
  writeFileSync(join(artefact, 'archive.tfstate'), JSON.stringify(state))
}

function nameOf({ type, name }: Pick<Resource, 'type' | 'name'>): string {
  return `${type}__${name}`
}

function standIn(resource: Resource): Json {
  const body = resource.body
  const meta = Object.entries(body).filter(([name]) => META.includes(name) && name !== 'provider')
  const own = Object.entries(body).filter(([name]) => !META.includes(name))
  const name = nameOf(resource)
  const computed = { id: name, name, email: name, member: `serviceAccount:${name}`, unique_id: name }
  return { ...Object.fromEntries(meta), input: { ...computed, ...object(withoutDynamic(Object.fromEntries(own))) } }
}

/** A dynamic block's content is evaluated by the resource's own schema, which a stand-in does not have. */
function withoutDynamic(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutDynamic)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([name]) => name !== 'dynamic')
  const plain = Object.fromEntries(kept.map(([name, inner]) => [name, withoutDynamic(inner)]))
  return 'ingress_settings' in plain ? { ...plain, uri: 'https://stand-in.run.app' } : plain
}

function readsArchive({ count, source_dir: folder }: Block): Json {
  return { ...(count !== undefined && { count }), backend: 'local', config: { path: `${folder}/archive.tfstate` } }
}

function withPlainType(body: Block): Block {
  return { ...body, ...(body.type !== undefined && { type: unwrapped(String(body.type)) }) }
}

function unwrapped(text: string): string {
  return text.replace(/^\$\{(.*)\}$/, '$1')
}

/** References to resources as references to their stand-ins. */
function rewritten(value: Json, key = ''): Json {
  if (typeof value === 'string') return key === 'depends_on' ? unwrapped(rewrittenText(value)) : rewrittenText(value)
  if (Array.isArray(value)) return list(value).map(inner => rewritten(inner, key))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, rewritten(inner, name)]))
}

const RESOURCE = String.raw`(?<!terraform_data\.)\b((?:google|time)_\w+)\.(\w+)`

function rewrittenText(text: string): string {
  return text
    .replace(/data\.archive_file\.\w+((?:\[[*0]\])?)(\.\w+)/g, 'data.terraform_remote_state.archive$1.outputs$2')
    .replace(/data\.archive_file\.\w+/g, 'data.terraform_remote_state.archive')
    .replace(/data\.google_project\.this\.number/g, '"123456789012"')
    .replace(new RegExp(`\\bin ${RESOURCE} :`, 'g'), 'in {for k, v in terraform_data.$1__$2 : k => v.output} :')
    .replace(new RegExp(`${RESOURCE}((?:\\[[^\\]]*\\])?)(?=\\.)`, 'g'), 'terraform_data.$1__$2$3.output')
    .replace(new RegExp(RESOURCE, 'g'), 'terraform_data.$1__$2')
}
