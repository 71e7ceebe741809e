import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..', '..')
export const INFRA = join(ROOT, 'infra')

/** HCL as JSON: a block is a list of objects under its type and labels, an expression is text inside `${…}`. */
export type Json = null | boolean | number | string | Json[] | { readonly [key: string]: Json }
export type Block = { readonly [key: string]: Json }

/** One `resource "TYPE" "NAME"`, or one `data "TYPE" "NAME"`. */
export interface Resource {
  readonly type: string
  readonly name: string
  readonly body: Block
}

/** A Terraform module, read without Terraform. */
export interface Module {
  readonly resources: readonly Resource[]
  readonly data: readonly Resource[]
  readonly variables: ReadonlyMap<string, Block>
  readonly outputs: ReadonlyMap<string, Block>
  readonly locals: Block
  readonly terraform: Block
  /** The files' text, by name: for what is said of all of it. */
  readonly files: ReadonlyMap<string, string>
}

/** Required rather than imported: its types would bring the browser's globals into ours. */
const { parse } = createRequire(import.meta.url)('@cdktf/hcl2json') as {
  parse(file: string, text: string): Promise<Block>
}

/** The text of every .tf file of the module, by name. */
export function readFiles(folder = INFRA): Map<string, string> {
  const names = readdirSync(folder).filter(name => name.endsWith('.tf'))
  return new Map(names.map(name => [name, readFileSync(join(folder, name), 'utf8')]))
}

const parsed = new Map<string, Block>()

async function parseOnce(name: string, text: string): Promise<Block> {
  const known = parsed.get(text) ?? (await parse(name, text))
  parsed.set(text, known)
  return known
}

/** @throws Error where a file is no HCL, naming file, line and column. */
export async function readModule(files: ReadonlyMap<string, string>): Promise<Module> {
  const documents = await Promise.all([...files].map(([name, text]) => parseOnce(name, text)))
  const labelled = (kind: string) =>
    documents.flatMap(document =>
      Object.entries(object(document[kind])).map(([label, body]) => [label, first(body)] as const),
    )
  const typed = (kind: string) =>
    documents.flatMap(document =>
      Object.entries(object(document[kind])).flatMap(([type, named]) =>
        Object.entries(object(named)).map(([name, body]) => ({ type, name, body: first(body) })),
      ),
    )
  return {
    resources: typed('resource'),
    data: typed('data'),
    variables: new Map(labelled('variable')),
    outputs: new Map(labelled('output')),
    locals: Object.assign({}, ...documents.flatMap(document => list(document.locals))),
    terraform: first(documents.flatMap(document => list(document.terraform))),
    files,
  }
}

export function object(value: Json | undefined): Block {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
}

export function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : []
}

/** The one block of its kind; empty where there is none. */
export function first(value: Json | undefined): Block {
  return object(list(value)[0])
}

/** The resources of a type. */
export function ofType({ resources }: Module, type: string): Resource[] {
  return resources.filter(resource => resource.type === type)
}

/** `TYPE.NAME` */
export function address({ type, name }: Resource): string {
  return `${type}.${name}`
}

/** True where the expression refers to that resource. */
export function refersTo(expression: Json | undefined, resource: Resource): boolean {
  return new RegExp(`\\b${address(resource)}\\b`).test(JSON.stringify(expression ?? null))
}

/** An expression as it stands where it is all of a value. */
export function expression(text: string): string {
  return `\${${text}}`
}
