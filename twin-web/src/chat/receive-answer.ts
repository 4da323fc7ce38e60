// Receives an answer: from the stream, or from the stored conversation if the connection is lost.

import { ask, type AnswerPart } from '../api/chat.ts';
import { fetchHistory, type StoredMessage } from '../api/history.ts';
import { Problem } from '../api/problem.ts';
import { clearPending, markSent } from './conversation-list.ts';
import { conversation, lastQuestion, streamingText, updateConversation, updateLastMessage } from './conversation.ts';
import { stopsSent } from './stop.ts';
import { findAnswer, keepVersions, showChanged } from './stored-conversation.ts';

export { reportStop } from './stop.ts';
export { showStored } from './stored-conversation.ts';

/**
 * Pauses before each read of the stored conversation, in milliseconds. The twin may complete the answer without
 * noticing that the connection was lost.
 */
const PAUSES = [500, 2_000, 4_000, 6_000, 8_000, 10_000, 10_000, 10_000, 10_000];

/** Sends the last question, and receives its answer. */
export async function receiveAnswer(id: string, signal: AbortSignal): Promise<void> {
  const question = lastQuestion()!;
  const { text: message, turn, replaces = [] } = question;
  keepVersions(conversation.get().messages.at(-1)!);
  // The twin has to know what the visitor has seen before it answers the next question.
  await stopsSent();
  if (signal.aborted) return;
  updateLastMessage({ sent: true });
  markSent(id);
  try {
    for await (const part of ask(id, { message, turn, replaces }, signal)) showPart(id, part);
  } catch (error) {
    if (signal.aborted) return;
    const kind = error instanceof Problem ? error.kind : undefined;
    if (kind === 'lost') {
      const answer = await recover(id, turn, signal);
      if (signal.aborted) return;
      // The twin has noticed that the connection was lost, and has stored the part that it had sent.
      if (answer?.stopped) streamingText.set(answer.text);
      else if (answer) return showAnswer(id, answer);
    }
    if (kind === 'conflict' && (await showChanged(id, question, signal))) return;
    throw error;
  }
}

/** Reads the answer to a question that was sent before the page was reloaded. */
export async function recoverAnswer(id: string, signal: AbortSignal): Promise<void> {
  const answer = await recover(id, lastQuestion()!.turn, signal);
  if (signal.aborted) return;
  if (!answer) throw new Problem('lost');
  showAnswer(id, answer);
}

function showAnswer(id: string, { text, at, stopped }: StoredMessage): void {
  updateLastMessage({ phase: stopped ? 'stopped' : 'done', text, at });
  clearPending(id);
}

function showPart(id: string, part: AnswerPart): void {
  if (part.kind === 'delta') {
    if (streamingText.get() === '') updateLastMessage({ phase: 'streaming' });
    return streamingText.set(streamingText.get() + part.text);
  }
  updateLastMessage({ phase: 'done', text: part.text, at: part.at, unsaved: part.unsaved });
  clearPending(id);
  if (part.summarized === undefined) return;
  const messages = conversation
    .get()
    .messages.map((message) => (message.turn === part.summarized ? { ...message, summarized: true } : message));
  updateConversation({ messages });
}

/**
 * Reads the stored conversation until it contains the answer. Returns nothing if the answer does not appear in time.
 * The twin may have received the question and stored its answer although the connection was lost.
 */
async function recover(id: string, turn: string | undefined, signal: AbortSignal): Promise<StoredMessage | undefined> {
  updateLastMessage({ phase: 'recovering', text: streamingText.get() });
  for (const pause of PAUSES) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    if (signal.aborted) return undefined;
    const answer = findAnswer(await fetchHistory(id).catch(() => []), turn);
    if (answer) return answer;
  }
  return undefined;
}
