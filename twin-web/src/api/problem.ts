// What can go wrong between page and twin, as far as a visitor can do something about it.

export type Kind =
  /** Nothing could be reached at all. */
  | 'offline'
  /** The connection ended before the answer did. */
  | 'lost'
  | 'busy'
  | 'away'
  | 'long'
  /** The session's id is none. */
  | 'session'
  | 'refused';

export class Problem extends Error {
  constructor(
    readonly kind: Kind,
    readonly retryAfter = 0,
  ) {
    super(kind);
  }
}

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
