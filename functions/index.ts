import { register } from './register.ts'

/** What functions-framework loads from a checkout. The deployed bundle registers the same functions (`infra/bundle.ts`). */
await register()
