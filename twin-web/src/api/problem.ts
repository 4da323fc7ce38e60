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
