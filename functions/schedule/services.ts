import type { Services } from '../services.ts'

/** What schedule works with. */
export type ScheduleServices = Pick<
  Services,
  'bucket' | 'publisher' | 'config' | 'log' | 'clock' | 'random' | 'observe' | 'signal' | 'keepsRequests'
>
