import { z } from 'zod'

/**
 * The next content of a document with the fields of the stored one that its schema does not know: a newer release wrote
 * them, and this one must not lose them. An element of a list keeps its unknown fields while all else in it stays the
 * same. Pure.
 */
export function keepUnknownFields<T>(schema: z.ZodType<T>, stored: T, next: T): T {
  return keep(schema, stored, next) as T
}

type Fields = Readonly<Record<string, unknown>>

function keep(schema: z.core.$ZodType, stored: unknown, next: unknown): unknown {
  if (schema instanceof z.ZodOptional) return keep(schema.unwrap(), stored, next)
  if (schema instanceof z.ZodArray && Array.isArray(stored) && Array.isArray(next)) {
    return keepInElements(schema.element, stored, next)
  }
  const known = shapeOf(schema, next)
  if (!known || !isFields(stored) || !isFields(next)) return next
  const unknown = Object.entries(stored).filter(([key]) => !Object.hasOwn(known, key) && !Object.hasOwn(next, key))
  const kept = Object.entries(next).map(([key, value]) => {
    const field = Object.hasOwn(known, key) && Object.hasOwn(stored, key) ? known[key] : undefined
    return [key, field ? keep(field, stored[key], value) : value]
  })
  return Object.fromEntries([...kept, ...unknown])
}

function keepInElements(schema: z.core.$ZodType, stored: readonly unknown[], next: readonly unknown[]): unknown[] {
  const rich = stored.filter(element => hasUnknownFields(schema, element))
  const byContent = new Map(rich.map(element => [JSON.stringify(knownPart(schema, element)), element]))
  if (byContent.size === 0) return [...next]
  return next.map(element => {
    const twin = byContent.get(JSON.stringify(knownPart(schema, element)))
    return twin === undefined ? element : keep(schema, twin, element)
  })
}

/** A value without the fields that its schema does not know, its keys in the schema's order; itself if it has none. */
function knownPart(schema: z.core.$ZodType, value: unknown): unknown {
  if (schema instanceof z.ZodOptional) return knownPart(schema.unwrap(), value)
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    return value.map(element => knownPart(schema.element, element))
  }
  const known = shapeOf(schema, value)
  if (!known || !isFields(value)) return value
  const keys = Object.keys(known).filter(key => value[key] !== undefined)
  return Object.fromEntries(keys.map(key => [key, knownPart(known[key]!, value[key])]))
}

function hasUnknownFields(schema: z.core.$ZodType, value: unknown): boolean {
  if (schema instanceof z.ZodOptional) return hasUnknownFields(schema.unwrap(), value)
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    return value.some(element => hasUnknownFields(schema.element, element))
  }
  const known = shapeOf(schema, value)
  if (!known || !isFields(value)) return false
  return Object.keys(value).some(key => !Object.hasOwn(known, key) || hasUnknownFields(known[key]!, value[key]))
}

/** The fields that a schema knows of an object: of a union, those of the branch that takes it. */
function shapeOf(schema: z.core.$ZodType, value: unknown): Readonly<Record<string, z.core.$ZodType>> | undefined {
  if (schema instanceof z.ZodObject) return schema.shape
  if (!(schema instanceof z.ZodUnion)) return undefined
  const branch = schema.options.find(option => takes(schema, option, value))
  return branch && shapeOf(branch, value)
}

/** Whether an option of a union takes the value. Its discriminator tells that without a look at the other fields. */
function takes(union: z.ZodUnion, option: z.core.$ZodType, value: unknown): boolean {
  if (!(union instanceof z.ZodDiscriminatedUnion) || !isFields(value)) return z.safeParse(option, value).success
  const { discriminator } = union.def
  return option._zod.propValues?.[discriminator]?.has(value[discriminator] as z.core.util.Primitive) ?? false
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
