// The conversation on the screen: what was said, and what a visitor can do with it.

import { Problem } from '../api/problem.ts';
import { remember } from '../settings/storage.ts';
import { currentId, drop, entryOf, newId, note } from './list.ts';
import { message, visible, type Message } from './message.ts';
import { store } from './store.ts';

export type Notice = 'fresh' | 'memory' | 'undeleted';

export interface Talk {
  readonly id: string;
  readonly messages: readonly Message[];
  readonly loading: boolean;
  readonly notice?: Notice | undefined;
}

/** As many as the twin itself remembers. */
const MOST = 200;
/** No answer takes longer. */
const STILL_AT_IT = 60_000;
/** Nobody needs this part before there is a conversation. */
const answering = () => import('./answering.ts');

export const talk = store<Talk>({ id: currentId(), messages: [], loading: false });
/** The answer that is being written, kept apart: it changes many times a second. */
export const writing = store('');

let running: AbortController | undefined;

/** Shows a conversation as the twin remembers it. */
export async function open(id: string): Promise<void> {
  stop();
  remember('current', id);
  const entry = entryOf(id);
  talk.set({ id, messages: [], loading: entry !== undefined });
  if (!entry) return;
  try {
    const said = await (await answering()).history(id);
    if (talk.get().id !== id || running) return;
    const messages = visible(said, entry.hidden);
    const found = entry.pending === undefined || answered(messages, entry.pending);
    if (found && entry.pending !== undefined) settle(id);
    talk.set({ id, messages: messages.slice(-MOST), loading: false });
    if (!found) resume(id, entry.pending!, entry.at);
  } catch (error) {
    if (talk.get().id !== id || running) return;
    if (error instanceof Problem && error.kind === 'session') return startAnew(id);
    talk.set({ id, messages: [], loading: false, notice: 'memory' });
  }
}

export function fresh(): void {
  void open(newId());
}

export async function remove(id: string): Promise<void> {
  try {
    if (talk.get().id === id) stop();
    await (await answering()).forget(id);
    drop(id);
    if (talk.get().id === id) fresh();
  } catch {
    change({ notice: 'undeleted' });
  }
}

export function say(text: string): void {
  stop();
  const { id, messages } = talk.get();
  const title = [...(messages.find(({ role }) => role === 'user')?.text ?? text).replace(/\s+/g, ' ')]
    .slice(0, 60)
    .join('');
  note(id, { title, at: Date.now(), pending: text });
  remember('current', id);
  change({ notice: undefined });
  append(message('user', text, 'done'), message('assistant', '', 'waiting'));
  void run('answer', id, text);
}

/** A question from before a reload; the twin may still be at its answer. */
function resume(id: string, text: string, since: number): void {
  append(message('user', text, 'done'), message('assistant', '', 'looking'));
  if (Date.now() - since < STILL_AT_IT) void run('find', id, text);
  else fail(new Problem('lost'));
}

/** Asks again what was asked last, or something else in its place. */
export function again(text = lastQuestion()?.text): void {
  if (text === undefined) return;
  stop();
  const { id, messages } = talk.get();
  const from = messages.findLastIndex(({ role }) => role === 'user');
  const replaced = messages.slice(from).filter(({ role, phase, at }) => role === 'assistant' && phase === 'done' && at);
  note(id, { hidden: [...(entryOf(id)?.hidden ?? []), ...replaced.map(({ at }) => at!)].slice(-MOST) });
  change({ messages: messages.slice(0, from) });
  say(text);
}

export function stop(): void {
  running?.abort();
  running = undefined;
  const last = talk.get().messages.at(-1);
  if (last && busy(last)) replaceLast({ phase: 'stopped', text: writing.get() });
}

export function lastQuestion(): Message | undefined {
  return talk.get().messages.findLast(({ role }) => role === 'user');
}

export function busy({ phase }: Message): boolean {
  return phase === 'waiting' || phase === 'writing' || phase === 'looking';
}

export function dismissNotice(): void {
  change({ notice: undefined });
}

async function run(what: 'answer' | 'find', id: string, text: string): Promise<void> {
  const mine = new AbortController();
  running = mine;
  writing.set('');
  try {
    await (await answering())[what](id, text, mine.signal);
  } catch (error) {
    if (!mine.signal.aborted) fail(error instanceof Problem ? error : new Problem('lost'));
  } finally {
    if (running === mine) running = undefined;
  }
}

/** An id that the twin does not take is of no use any more; the question goes into a new conversation. */
export function startAnew(broken: string, text?: string): void {
  drop(broken);
  const id = newId();
  remember('current', id);
  running = undefined;
  talk.set({ id, messages: [], loading: false });
  if (text !== undefined) say(text);
  change({ notice: 'fresh' });
}

/** The question has its answer. */
export function settle(id: string): void {
  const { pending: _, ...entry } = entryOf(id) ?? { id, title: '', at: Date.now() };
  drop(id);
  note(id, entry);
}

function answered(messages: readonly Message[], question: string): boolean {
  const [asked, reply] = messages.slice(-2);
  return asked?.text === question && reply?.role === 'assistant';
}

function fail(problem: Problem): void {
  replaceLast({ ...failed(problem), key: talk.get().messages.at(-1)!.key, text: writing.get() });
}

function failed(problem: Problem): Message {
  return {
    ...message('assistant', '', 'failed'),
    problem: problem.kind,
    retryAt: Date.now() + problem.retryAfter * 1_000,
  };
}

function append(...more: readonly Message[]): void {
  change({ messages: [...talk.get().messages, ...more].slice(-MOST) });
}

export function replaceLast(parts: Partial<Message>): void {
  const { messages } = talk.get();
  change({ messages: [...messages.slice(0, -1), { ...messages.at(-1)!, ...parts }] });
}

function change(parts: Partial<Talk>): void {
  talk.set({ ...talk.get(), ...parts });
}
