// The conversations of this browser. Stores their IDs and titles, not their messages.

import { isRecord } from '../base/json.ts';
import { loadValue, saveValue } from '../base/storage.ts';
import { store } from '../base/store.ts';

export interface ConversationEntry {
  readonly id: string;
  readonly title: string;
  /** The time of the last message, in milliseconds since the epoch. */
  readonly at: number;
  /** A question that has no answer yet. */
  readonly pending?: string;
  /** Whether that question has not been sent yet. */
  readonly unsent?: boolean;
  /** The turn of the last question. */
  readonly turn?: string;
  /** The turns that the pending question replaces. */
  readonly replaces?: readonly string[];
  /** The times of answers that earlier versions hid, because the twin could not replace turns. */
  readonly hidden?: readonly string[];
}

const MAX_ENTRIES = 50;
const ID = /^[\w-]{1,64}$/;

/** Newest first. */
export const conversations = store(parseEntries(loadValue('conversations')));

/**
 * Reads the stored list. Another tab may have just changed it. The event about that change may arrive after the next
 * change by this tab, which would then overwrite the list with an outdated one.
 */
function refresh(): void {
  conversations.set(parseEntries(loadValue('conversations')));
}

/** Changes the given fields of an entry. Adds the entry if there is none. */
export function updateEntry(id: string, fields: Partial<ConversationEntry>): void {
  const entry = { id, title: '', at: Date.now(), ...findEntry(id), ...fields };
  save([entry, ...conversations.get().filter((other) => other.id !== id)]);
}

export function removeEntry(id: string): void {
  refresh();
  save(conversations.get().filter((entry) => entry.id !== id));
}

export function findEntry(id: string): ConversationEntry | undefined {
  refresh();
  return conversations.get().find((entry) => entry.id === id);
}

/** Removes the pending question of an entry, because it is answered. */
export function clearPending(id: string): void {
  const found = findEntry(id);
  // The conversation was deleted meanwhile, perhaps in another tab.
  if (!found) return;
  const { pending: _, ...entry } = found;
  removeEntry(id);
  updateEntry(id, entry);
}

/** Records that the pending question of an entry is being sent. */
export function markSent(id: string): void {
  if (findEntry(id)) updateEntry(id, { unsent: false });
}

/** Notes that the pending question of an entry replaces no turns. */
export function clearReplaces(id: string): void {
  if (findEntry(id)) updateEntry(id, { replaces: [] });
}

/** Returns an ID for a conversation or a turn. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Returns the ID of the conversation that was open last, or a new one. */
export function lastConversationId(): string {
  const id = loadValue('current');
  return typeof id === 'string' && ID.test(id) ? id : newId();
}

/** Returns the valid entries of a stored list. */
export function parseEntries(json: unknown): readonly ConversationEntry[] {
  if (!Array.isArray(json)) return [];
  return json.filter(isEntry).slice(0, MAX_ENTRIES);
}

function isEntry(json: unknown): json is ConversationEntry {
  return (
    isRecord(json)
    && typeof json['id'] === 'string'
    && ID.test(json['id'])
    && typeof json['title'] === 'string'
    && typeof json['at'] === 'number'
    && (json['pending'] === undefined || typeof json['pending'] === 'string')
    && (json['unsent'] === undefined || typeof json['unsent'] === 'boolean')
    && (json['turn'] === undefined || typeof json['turn'] === 'string')
    && isOptionalList(json['replaces'])
    && isOptionalList(json['hidden'])
  );
}

function isOptionalList(json: unknown): boolean {
  return json === undefined || (Array.isArray(json) && json.every((item) => typeof item === 'string'));
}

function save(list: readonly ConversationEntry[]): void {
  conversations.set([...list].sort((a, b) => b.at - a.at).slice(0, MAX_ENTRIES));
  saveValue('conversations', conversations.get());
}

// Another tab changed the list.
window.addEventListener('storage', ({ key }) => {
  if (key === 'twin:conversations') refresh();
});
