// Getting an answer: piece by piece, whole, or from the twin's memory when it got lost on its way.

import { ask, type Part } from '../api/chat.ts';
import { history } from '../api/history.ts';
import { Problem } from '../api/problem.ts';
import { replaceLast, settle, startAnew, talk, writing } from './talk.ts';

export { forget, history } from '../api/history.ts';

/** When to look for an answer whose connection was lost; a backend that cannot stream may still be at it. */
const LOOKS_AFTER_PIECES = [500, 2_000];
const LOOKS_AFTER_NOTHING = [500, 2_000, 4_000, 6_000, 8_000, 10_000];

export async function answer(id: string, text: string, signal: AbortSignal): Promise<void> {
  const known = times();
  try {
    for await (const part of ask(id, text, signal)) take(id, part);
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof Problem)) throw error;
    if (error.kind === 'session') return startAnew(id, text);
    if (error.kind === 'lost' && (await look(id, text, known, signal))) return;
    throw error;
  }
}

/** The answer to a question that was asked before. */
export async function find(id: string, text: string, signal: AbortSignal): Promise<void> {
  if (!(await look(id, text, times(), signal))) throw new Problem('lost');
}

/** By these, answers are told from those that were there before. */
function times(): ReadonlySet<string | undefined> {
  return new Set(talk.get().messages.map(({ at }) => at));
}

function take(id: string, part: Part): void {
  if (part.kind === 'delta') {
    if (writing.get() === '') replaceLast({ phase: 'writing' });
    return writing.set(writing.get() + part.text);
  }
  replaceLast({ phase: 'done', text: part.text, at: part.at, unsaved: part.unsaved });
  settle(id);
}

/** The twin may have heard the question and remembered its answer even though neither came through. */
async function look(
  id: string,
  text: string,
  known: ReadonlySet<string | undefined>,
  signal: AbortSignal,
): Promise<boolean> {
  replaceLast({ phase: 'looking', text: writing.get() });
  for (const pause of writing.get() === '' ? LOOKS_AFTER_NOTHING : LOOKS_AFTER_PIECES) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    if (signal.aborted) return true;
    const said = await history(id).catch(() => []);
    if (signal.aborted) return true;
    const [question, reply] = said.slice(-2);
    if (question?.text !== text || reply?.role !== 'assistant' || known.has(reply.at)) continue;
    replaceLast({ phase: 'done', text: reply.text, at: reply.at });
    settle(id);
    return true;
  }
  return false;
}
