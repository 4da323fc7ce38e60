// The conversation as the twin has stored it.

import { deleteHistory, fetchHistory, type StoredMessage } from '../api/history.ts';
import { clearPending, clearReplaces, removeEntry, type ConversationEntry } from './conversation-list.ts';
import { appendMessages, conversation, MAX_MESSAGES, updateConversation } from './conversation.ts';
import { createMessage, type Message, type Turn } from './message.ts';
import { stopsSent } from './stop.ts';

/**
 * The maximum time for an answer, in milliseconds. A local twin waits three minutes for its model, and then saves the
 * turn.
 */
export const MAX_ANSWER_TIME = 185_000;

/** The replaced versions of turns, by the ID of the turn that replaced them. */
const versions = new Map<string, readonly Turn[]>();

/** Keeps the versions that a turn replaced until the page is reloaded, also while another conversation is shown. */
export function keepVersions({ turn, earlier }: Message): void {
  if (turn !== undefined && earlier?.length) versions.set(turn, earlier);
}

/**
 * Shows a stored conversation, as long as `isOpen` returns true. Returns whether the answer to its last question is still
 * missing. The twin may still be working on it.
 */
export async function showStored(entry: ConversationEntry, isOpen: () => boolean): Promise<boolean> {
  const { id, pending, unsent = false, turn, replaces = [], at, hidden } = entry;
  await stopsSent();
  const stored = await fetchHistory(id);
  if (!isOpen()) return false;
  // Earlier versions did not store the turn.
  const isAnswered = turn === undefined ? stored.at(-2)?.text === pending : findAnswer(stored, turn);
  const isPending = pending !== undefined && !isAnswered;
  const kept = isPending ? stored.filter((message) => !replaces.includes(message.turn ?? '')) : stored;
  conversation.set({ id, messages: visibleMessages(kept, hidden).slice(-MAX_MESSAGES), loading: false });
  if (pending === undefined) return false;
  if (isAnswered) {
    clearPending(id);
    return false;
  }
  const isLost = unsent || Date.now() - at >= MAX_ANSWER_TIME;
  appendMessages(
    { ...createMessage('user', pending, 'done'), turn, replaces },
    { ...createMessage('assistant', '', isLost ? 'failed' : 'recovering'), turn, sent: !unsent },
  );
  return !isLost;
}

/**
 * Shows the stored conversation, followed by a question that does not fit to it because another tab has changed it. Returns
 * whether the question is already stored.
 */
export async function showChanged(id: string, question: Message, signal: AbortSignal): Promise<boolean> {
  const stored = await fetchHistory(id);
  if (signal.aborted) return true;
  const messages = visibleMessages(stored);
  const isStored = findAnswer(stored, question.turn) !== undefined;
  if (isStored) clearPending(id);
  else {
    clearReplaces(id);
    messages.push({ ...question, replaces: [] }, createMessage('assistant', '', 'waiting'));
  }
  updateConversation({ messages: messages.slice(-MAX_MESSAGES) });
  return isStored;
}

export function findAnswer(stored: readonly StoredMessage[], turn: string | undefined): StoredMessage | undefined {
  return turn === undefined
    ? undefined
    : stored.find((message) => message.role === 'assistant' && message.turn === turn);
}

/** Deletes a conversation from the twin and from this browser. Returns whether that succeeded. */
export async function deleteConversation(id: string): Promise<boolean> {
  try {
    // A stop that arrived after the deletion would store a placeholder in the deleted conversation.
    await stopsSent();
    await deleteHistory(id);
    removeEntry(id);
    return true;
  } catch {
    updateConversation({ notice: 'not-deleted' });
    return false;
  }
}

/**
 * Returns the stored messages without the answers whose times are in `hidden`, and without their questions. The last turn is
 * never hidden, because the twin takes it into account.
 */
export function visibleMessages(stored: readonly StoredMessage[], hidden: readonly string[] = []): Message[] {
  const visible = stored.filter((message, at) => {
    const answer = message.role === 'user' ? stored[at + 1] : message;
    return (
      at >= stored.length - 2
      || !(answer?.role === 'assistant' && answer.at !== undefined && hidden.includes(answer.at))
    );
  });
  return visible.map(({ role, text, at, turn, stopped, summarized }) => ({
    ...createMessage(role, text, stopped ? 'stopped' : 'done', at ?? ''),
    turn,
    summarized,
    earlier: role === 'assistant' ? versions.get(turn ?? '') : undefined,
  }));
}
