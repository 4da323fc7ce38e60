// The visitor's actions on conversations: open, ask, ask again, stop.

import { Problem } from '../api/problem.ts';
import { saveValue } from '../base/storage.ts';
import { findEntry, newId, removeEntry, updateEntry, type ConversationEntry } from './conversation-list.ts';
import {
  appendMessages,
  conversation,
  lastQuestion,
  streamingText,
  updateConversation,
  updateLastMessage,
  withdrawnText,
} from './conversation.ts';
import { createMessage, isInProgress, type Message, type Turn } from './message.ts';

/** As many turns as the API can replace at once. */
const MAX_REPLACES = 16;

/** Loaded on demand, because the first view does not need it. */
export const loadReceiver = () => import('./receive-answer.ts');

let running: AbortController | undefined;
/** The conversation, and its entry in the list, before the last question. */
let previous: { readonly messages: readonly Message[]; readonly entry: ConversationEntry | undefined } | undefined;

/** Shows a conversation as the twin has stored it. */
export async function openConversation(id: string): Promise<void> {
  stopAnswer();
  saveValue('current', id);
  const entry = findEntry(id);
  conversation.set({ id, messages: [], loading: entry !== undefined });
  if (!entry) return;
  const isOpen = (): boolean => conversation.get().id === id && !running;
  try {
    if (await (await loadReceiver()).showStored(entry, isOpen)) void run('recoverAnswer', id);
  } catch (error) {
    if (!isOpen()) return;
    if (isSessionProblem(error)) return replaceConversation(id);
    conversation.set({ id, messages: [], loading: false, notice: 'history' });
  }
}

export function startConversation(): void {
  void openConversation(newId());
}

/** Sends a question after the messages `kept`, in place of the turns in `replaces`. */
export function sendQuestion(
  text: string,
  replaces: readonly string[] = [],
  earlier: readonly Turn[] = [],
  kept?: readonly Message[],
): void {
  stopAnswer();
  const { id, messages } = conversation.get();
  previous = { messages, entry: findEntry(id) };
  const before = kept ?? messages;
  const turn = newId();
  const title = [...(before.find(({ role }) => role === 'user')?.text ?? text).replace(/\s+/g, ' ')]
    .slice(0, 60)
    .join('');
  updateEntry(id, { title, at: Date.now(), pending: text, unsent: true, turn, replaces });
  saveValue('current', id);
  updateConversation({ messages: before, notice: undefined });
  appendMessages(
    { ...createMessage('user', text, 'done'), turn, replaces },
    { ...createMessage('assistant', '', 'waiting'), turn, earlier },
  );
  void run('receiveAnswer', id);
}

/** Sends the last question again, or `text` in its place. */
export function retryQuestion(text?: string): void {
  stopAnswer();
  const question = lastQuestion();
  if (!question) return;
  const { messages } = conversation.get();
  const from = messages.indexOf(question);
  const answer = messages[from + 1];
  const { turn, replaces = [] } = question;
  const earlier = answer?.earlier ?? [];
  sendQuestion(
    text ?? question.text,
    turn === undefined ? [] : [turn, ...replaces].slice(0, MAX_REPLACES),
    answer?.text ? [...earlier, { question, answer }] : earlier,
    messages.slice(0, from),
  );
}

/**
 * Stops the answer that is arriving, and tells the twin what was shown, unless the conversation is about to be deleted. A
 * question that was not sent is withdrawn.
 */
export function stopAnswer(isKept = true): void {
  running?.abort();
  running = undefined;
  const { id, messages } = conversation.get();
  const last = messages.at(-1);
  if (!last || !isInProgress(last)) return;
  if (isKept && last.phase === 'waiting' && !last.sent) return withdrawQuestion();
  const text = streamingText.get();
  updateLastMessage({ phase: 'stopped', text });
  const { turn, sent } = last;
  if (isKept && sent && turn !== undefined)
    void loadReceiver().then(
      (receiver) => receiver.reportStop(id, turn, text),
      () => {},
    );
}

/** Shows the conversation as it was before the last question, and returns the text of the question to the message field. */
function withdrawQuestion(): void {
  const question = lastQuestion();
  if (!previous || !question) return;
  const { messages, entry } = previous;
  const { id } = conversation.get();
  updateConversation({ messages });
  // Another tab may have deleted the conversation.
  const isListed = findEntry(id) !== undefined;
  removeEntry(id);
  if (entry && isListed) updateEntry(id, entry);
  withdrawnText.set(question.text);
}

export function dismissNotice(): void {
  updateConversation({ notice: undefined });
}

async function run(action: 'receiveAnswer' | 'recoverAnswer', id: string): Promise<void> {
  const controller = new AbortController();
  running = controller;
  streamingText.set('');
  try {
    await (await loadReceiver())[action](id, controller.signal);
  } catch (error) {
    if (controller.signal.aborted) return;
    if (isSessionProblem(error)) replaceConversation(id, lastQuestion()?.text);
    else showProblem(error instanceof Problem ? error : new Problem('lost'));
  } finally {
    if (running === controller) running = undefined;
  }
}

/** Replaces a conversation whose ID the twin rejects, and sends the question, if any, in the new one. */
function replaceConversation(rejected: string, question?: string): void {
  removeEntry(rejected);
  const id = newId();
  saveValue('current', id);
  running = undefined;
  conversation.set({ id, messages: [], loading: false });
  if (question !== undefined) sendQuestion(question);
  updateConversation({ notice: 'replaced' });
}

function isSessionProblem(error: unknown): boolean {
  return error instanceof Problem && error.kind === 'session';
}

function showProblem({ kind, retryAfter, ownerText }: Problem): void {
  updateLastMessage({
    text: streamingText.get(),
    phase: 'failed',
    problem: kind,
    ownerText,
    retryAt: Date.now() + retryAfter * 1_000,
  });
}
