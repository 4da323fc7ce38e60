// Failures of a call to the API, classified by how the visitor can respond.

export type ProblemKind =
  /** The browser has no network connection. */
  | 'offline'
  /** The connection failed before the answer was complete. */
  | 'lost'
  /** Too many requests; try again after `retryAfter`. */
  | 'busy'
  /** A server error or time-out. */
  | 'unavailable'
  /** The owner has paused the chat. */
  | 'paused'
  /** The message is too long. */
  | 'too-long'
  /** The session ID is invalid. */
  | 'session'
  /** The conversation was changed elsewhere, for example in another tab. */
  | 'conflict'
  /** The API rejected the request for another reason. */
  | 'refused';

export class Problem extends Error {
  constructor(
    readonly kind: ProblemKind,
    /** In seconds. */
    readonly retryAfter = 0,
    /** The owner's sentence, which is shown instead of the page's. */
    readonly ownerText?: string,
  ) {
    super(kind);
  }
}
