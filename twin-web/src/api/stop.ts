// Tells the twin how much of an answer the visitor has seen.

import { readProblem } from './error-response.ts';

const TIMEOUT = 5_000;

/** Returns whether the twin has stored the turn. Otherwise it cuts the answer when it stores it. */
export async function stopTurn(session: string, turn: string, shown: string): Promise<boolean> {
  const response = await fetch('/api/chat/stop', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    // The twin counts Unicode characters, not UTF-16 units.
    body: JSON.stringify({ session_id: session, turn, shown: [...shown].length }),
    keepalive: true,
    signal: AbortSignal.timeout(TIMEOUT),
  });
  if (!response.ok) throw await readProblem(response);
  return response.status !== 202;
}
