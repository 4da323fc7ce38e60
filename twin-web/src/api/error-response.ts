// Classifies error responses of the API and the gateway.

import { isRecord } from '../base/json.ts';
import { Problem } from './problem.ts';

/** The gateway's own 429 responses have no `Retry-After` header. In seconds. */
const DEFAULT_WAIT = 10;
const MAX_WAIT = 300;

export async function readProblem(response: Response): Promise<Problem> {
  const json: unknown = await response.json().catch(() => undefined);
  const { code, message } = isRecord(json) ? json : {};
  return toProblem(response.status, response.headers.get('retry-after'), code, message);
}

export function toProblem(status: number, retryAfter: string | null, code: unknown, message?: unknown): Problem {
  const seconds = Number(retryAfter ?? NaN);
  const wait = seconds > 0 ? Math.min(Math.ceil(seconds), MAX_WAIT) : 0;
  if (code === 'paused') return new Problem('paused', wait, typeof message === 'string' ? message : undefined);
  if (status === 429) return new Problem('busy', wait || DEFAULT_WAIT);
  if (status === 413) return new Problem('too-long');
  if (status === 408 || status >= 500) return new Problem('unavailable', wait);
  if (status === 409) return new Problem('conflict');
  if (code === 'bad_session_id') return new Problem('session');
  return new Problem('refused');
}
