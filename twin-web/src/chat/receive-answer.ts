// Receives an answer: from the stream, or from the stored conversation if the connection is lost.

import { ask, type AnswerPart } from '../api/chat.ts';
import { fetchHistory } from '../api/history.ts';
import { Problem } from '../api/problem.ts';
import { clearPending } from './conversation-list.ts';
import { conversation, streamingText, updateLastMessage } from './conversation.ts';

export { deleteHistory, fetchHistory } from '../api/history.ts';

/** Pauses before each read of the stored conversation, once part of the answer has arrived. */
const PAUSES_AFTER_PART = [500, 2_000];
/** More pauses, if nothing has arrived: the backend may not stream, and may still be generating the answer. */
const PAUSES_AFTER_NOTHING = [500, 2_000, 4_000, 6_000, 8_000, 10_000];

export async function receiveAnswer(id: string, question: string, signal: AbortSignal): Promise<void> {
  const knownTimes = messageTimes();
  try {
    for await (const part of ask(id, question, signal)) showPart(id, part);
  } catch (error) {
    if (signal.aborted) return;
    const isLost = error instanceof Problem && error.kind === 'lost';
    if (isLost && (await recover(id, question, knownTimes, signal))) return;
    throw error;
  }
}

/** Reads the answer to a question that was sent before the page was reloaded. */
export async function recoverAnswer(id: string, question: string, signal: AbortSignal): Promise<void> {
  if (!(await recover(id, question, messageTimes(), signal))) throw new Problem('lost');
}

/** The times of the present messages. They distinguish a new answer from earlier ones to the same question. */
function messageTimes(): ReadonlySet<string | undefined> {
  return new Set(conversation.get().messages.map(({ at }) => at));
}

function showPart(id: string, part: AnswerPart): void {
  if (part.kind === 'delta') {
    if (streamingText.get() === '') updateLastMessage({ phase: 'streaming' });
    return streamingText.set(streamingText.get() + part.text);
  }
  updateLastMessage({ phase: 'done', text: part.text, at: part.at, unsaved: part.unsaved });
  clearPending(id);
}

/**
 * Reads the stored conversation until it contains the answer. Returns false if the answer does not appear in time.
 * The twin may have received the question and stored its answer although the connection was lost.
 */
async function recover(
  id: string,
  question: string,
  knownTimes: ReadonlySet<string | undefined>,
  signal: AbortSignal,
): Promise<boolean> {
  updateLastMessage({ phase: 'recovering', text: streamingText.get() });
  for (const pause of streamingText.get() === '' ? PAUSES_AFTER_NOTHING : PAUSES_AFTER_PART) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    if (signal.aborted) return true;
    const stored = await fetchHistory(id).catch(() => []);
    if (signal.aborted) return true;
    const [asked, answer] = stored.slice(-2);
    if (asked?.text !== question || answer?.role !== 'assistant' || knownTimes.has(answer.at)) continue;
    updateLastMessage({ phase: 'done', text: answer.text, at: answer.at });
    clearPending(id);
    return true;
  }
  return false;
}
