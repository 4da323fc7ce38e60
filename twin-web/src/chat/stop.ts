// Reports stopped turns to the twin, so that it remembers what the visitor has seen.

import { Problem } from '../api/problem.ts';
import { stopTurn } from '../api/stop.ts';
import { clearPending, findEntry } from './conversation-list.ts';

/** Pauses before further attempts, in milliseconds. */
const PAUSES = [1_000, 3_000];

let sending: Promise<void> = Promise.resolve();

/** Reports that only the text `shown` of a turn's answer was shown. */
export function reportStop(id: string, turn: string, shown: string): void {
  sending = Promise.all([sending, send(id, turn, shown)]).then(() => {});
}

/** Resolves when all stops have been reported, or could not be. */
export function stopsSent(): Promise<void> {
  return sending;
}

async function send(id: string, turn: string, shown: string): Promise<void> {
  for (const pause of [...PAUSES, undefined]) {
    try {
      const isStored = await stopTurn(id, turn, shown);
      // Until the turn is stored, a reloaded page shows the question and looks for its answer.
      if (isStored && findEntry(id)?.turn === turn) clearPending(id);
      return;
    } catch (error) {
      // If no attempt succeeds, the twin remembers the whole answer. Other backends do not support stops.
      if (pause === undefined || (error instanceof Problem && error.kind === 'refused')) return;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
