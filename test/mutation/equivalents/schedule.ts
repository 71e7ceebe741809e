import { type Equivalent, inFile } from '../score.ts'

export const SCHEDULE: readonly Equivalent[] = [
  ...inFile('functions/schedule/handler.ts', [
    {
      text: "if (!(isBlocked && block?.reason === 'down')) await publishIncidentChecks(services)",
      to: 'block.reason',
      why: 'it is blocked by a block',
    },
    {
      text: "if (!(await isComplete(left, services))) await keepRequest(askedOf(left, request), {}, '', true, services)",
      to: '"Stryker was here!"',
      why: 'any constant text gives the same id in every run',
    },
  ]),
  ...inFile('functions/schedule/requests.ts', [
    {
      text: 'if (deadline.expired) return',
      to: 'false',
      why: 'each look ends at once when the deadline is over',
    },
  ]),
]
