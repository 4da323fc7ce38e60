// The API's own refusals, as problems that a visitor knows.

import { Problem } from './problem.ts';

/** The gateway's own refusals carry no `Retry-After`. */
const USUAL_WAIT = 10;
const LONGEST_WAIT = 300;

export function problemOf(status: number, retryAfter: string | null, code: unknown): Problem {
  const seconds = Number(retryAfter ?? NaN);
  const wait = seconds > 0 ? Math.min(Math.ceil(seconds), LONGEST_WAIT) : 0;
  if (status === 429) return new Problem('busy', wait || USUAL_WAIT);
  if (status === 413) return new Problem('long');
  if (status === 408 || status >= 500) return new Problem('away', wait);
  if (code === 'bad_session_id') return new Problem('session');
  return new Problem('refused');
}
