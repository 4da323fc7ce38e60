// The conversations that this browser knows: their ids and what to call them, not what was said.

import { isRecord } from '../settings/config.ts';
import { recall, remember } from '../settings/storage.ts';
import { store } from './store.ts';

export interface Entry {
  readonly id: string;
  readonly title: string;
  /** When something was last said, in milliseconds. */
  readonly at: number;
  /** A question whose answer has not come yet. */
  readonly pending?: string;
  /** Answers, by their time, that a later attempt at the same question has taken the place of. */
  readonly hidden?: readonly string[];
}

const LONGEST = 50;
const ID = /^[\w-]{1,64}$/;

export const entries = store(readEntries(recall('conversations')));

export function note(id: string, parts: Partial<Entry> & { title?: string }): void {
  const before = entries.get().find((entry) => entry.id === id);
  const entry = { id, title: '', at: Date.now(), ...before, ...parts };
  keep([entry, ...entries.get().filter((other) => other.id !== id)]);
}

export function drop(id: string): void {
  keep(entries.get().filter((entry) => entry.id !== id));
}

export function entryOf(id: string): Entry | undefined {
  return entries.get().find((entry) => entry.id === id);
}

export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The conversation that was open last. */
export function currentId(): string {
  const id = recall('current');
  return typeof id === 'string' && ID.test(id) ? id : newId();
}

export function readEntries(json: unknown): readonly Entry[] {
  if (!Array.isArray(json)) return [];
  return json.filter(isEntry).slice(0, LONGEST);
}

function isEntry(json: unknown): json is Entry {
  return (
    isRecord(json)
    && typeof json['id'] === 'string'
    && ID.test(json['id'])
    && typeof json['title'] === 'string'
    && typeof json['at'] === 'number'
    && (json['pending'] === undefined || typeof json['pending'] === 'string')
    && (json['hidden'] === undefined
      || (Array.isArray(json['hidden']) && json['hidden'].every((at) => typeof at === 'string')))
  );
}

function keep(list: readonly Entry[]): void {
  entries.set([...list].sort((a, b) => b.at - a.at).slice(0, LONGEST));
  remember('conversations', entries.get());
}

/** Another tab has written. */
window.addEventListener('storage', ({ key }) => {
  if (key === 'twin:conversations') entries.set(readEntries(recall('conversations')));
});
