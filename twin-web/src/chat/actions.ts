// The visitor's actions on conversations: open, ask, ask again, stop, delete.

import { Problem } from '../api/problem.ts';
import { saveValue } from '../base/storage.ts';
import { clearPending, findEntry, newConversationId, removeEntry, updateEntry } from './conversation-list.ts';
import {
  appendMessages,
  conversation,
  lastQuestion,
  MAX_MESSAGES,
  streamingText,
  updateConversation,
  updateLastMessage,
} from './conversation.ts';
import { createMessage, isInProgress, visibleMessages, type Message } from './message.ts';

/** No answer takes longer, in milliseconds. */
const MAX_ANSWER_TIME = 60_000;

/** Loaded on demand, because the first view does not need it. */
export const loadReceiver = () => import('./receive-answer.ts');

let running: AbortController | undefined;

/** Shows a conversation as the twin has stored it. */
export async function openConversation(id: string): Promise<void> {
  stopAnswer();
  saveValue('current', id);
  const entry = findEntry(id);
  conversation.set({ id, messages: [], loading: entry !== undefined });
  if (!entry) return;
  try {
    const stored = await (await loadReceiver()).fetchHistory(id);
    if (conversation.get().id !== id || running) return;
    const messages = visibleMessages(stored, entry.hidden);
    const isAnswered = entry.pending === undefined || endsWithAnswer(messages, entry.pending);
    if (isAnswered && entry.pending !== undefined) clearPending(id);
    conversation.set({ id, messages: messages.slice(-MAX_MESSAGES), loading: false });
    if (!isAnswered) resumeQuestion(id, entry.pending!, entry.at);
  } catch (error) {
    if (conversation.get().id !== id || running) return;
    if (isSessionProblem(error)) return replaceConversation(id);
    conversation.set({ id, messages: [], loading: false, notice: 'history' });
  }
}

export function startConversation(): void {
  void openConversation(newConversationId());
}

/** Deletes a conversation from the twin and from this browser. */
export async function deleteConversation(id: string): Promise<void> {
  try {
    if (conversation.get().id === id) stopAnswer();
    await (await loadReceiver()).deleteHistory(id);
    removeEntry(id);
    if (conversation.get().id === id) startConversation();
  } catch {
    updateConversation({ notice: 'not-deleted' });
  }
}

export function sendQuestion(text: string): void {
  stopAnswer();
  const { id, messages } = conversation.get();
  const title = [...(messages.find(({ role }) => role === 'user')?.text ?? text).replace(/\s+/g, ' ')]
    .slice(0, 60)
    .join('');
  updateEntry(id, { title, at: Date.now(), pending: text });
  saveValue('current', id);
  updateConversation({ notice: undefined });
  appendMessages(createMessage('user', text, 'done'), createMessage('assistant', '', 'waiting'));
  void run('receiveAnswer', id, text);
}

/** Sends the last question again, or `text` in its place. */
export function retryQuestion(text = lastQuestion()?.text): void {
  if (text === undefined) return;
  stopAnswer();
  const { id, messages } = conversation.get();
  const from = messages.findLastIndex(({ role }) => role === 'user');
  const replaced = messages.slice(from).filter(({ role, phase, at }) => role === 'assistant' && phase === 'done' && at);
  updateEntry(id, {
    hidden: [...(findEntry(id)?.hidden ?? []), ...replaced.map(({ at }) => at!)].slice(-MAX_MESSAGES),
  });
  updateConversation({ messages: messages.slice(0, from) });
  sendQuestion(text);
}

export function stopAnswer(): void {
  running?.abort();
  running = undefined;
  const last = conversation.get().messages.at(-1);
  if (last && isInProgress(last)) updateLastMessage({ phase: 'stopped', text: streamingText.get() });
}

export function dismissNotice(): void {
  updateConversation({ notice: undefined });
}

/** Continues with a question from before a reload. The twin may still be working on its answer. */
function resumeQuestion(id: string, text: string, askedAt: number): void {
  appendMessages(createMessage('user', text, 'done'), createMessage('assistant', '', 'recovering'));
  if (Date.now() - askedAt < MAX_ANSWER_TIME) void run('recoverAnswer', id, text);
  else showProblem(new Problem('lost'));
}

async function run(action: 'receiveAnswer' | 'recoverAnswer', id: string, question: string): Promise<void> {
  const controller = new AbortController();
  running = controller;
  streamingText.set('');
  try {
    await (await loadReceiver())[action](id, question, controller.signal);
  } catch (error) {
    if (controller.signal.aborted) return;
    if (isSessionProblem(error)) replaceConversation(id, question);
    else showProblem(error instanceof Problem ? error : new Problem('lost'));
  } finally {
    if (running === controller) running = undefined;
  }
}

/** Replaces a conversation whose ID the twin rejects, and sends the question, if any, in the new one. */
function replaceConversation(rejected: string, question?: string): void {
  removeEntry(rejected);
  const id = newConversationId();
  saveValue('current', id);
  running = undefined;
  conversation.set({ id, messages: [], loading: false });
  if (question !== undefined) sendQuestion(question);
  updateConversation({ notice: 'replaced' });
}

function isSessionProblem(error: unknown): boolean {
  return error instanceof Problem && error.kind === 'session';
}

function endsWithAnswer(messages: readonly Message[], question: string): boolean {
  const [asked, answer] = messages.slice(-2);
  return asked?.text === question && answer?.role === 'assistant';
}

function showProblem({ kind, retryAfter }: Problem): void {
  const { key } = conversation.get().messages.at(-1)!;
  updateLastMessage({
    ...createMessage('assistant', streamingText.get(), 'failed'),
    key,
    problem: kind,
    retryAt: Date.now() + retryAfter * 1_000,
  });
}
