// The conversation on the screen, and changes to it.

import { store } from '../base/store.ts';
import { lastConversationId } from './conversation-list.ts';
import type { Message } from './message.ts';

/** The conversation was replaced, its history cannot be read, or it could not be deleted. */
export type Notice = 'replaced' | 'history' | 'not-deleted';

export interface Conversation {
  readonly id: string;
  readonly messages: readonly Message[];
  readonly loading: boolean;
  readonly notice?: Notice | undefined;
}

/** As many messages as the twin stores. */
export const MAX_MESSAGES = 200;

export const conversation = store<Conversation>({ id: lastConversationId(), messages: [], loading: false });

/** The answer that is arriving. Separate from `conversation`, because it changes many times a second. */
export const streamingText = store('');

/** The text of a question that was stopped before it was sent, for the message field. */
export const withdrawnText = store('');

export function updateConversation(fields: Partial<Conversation>): void {
  conversation.set({ ...conversation.get(), ...fields });
}

export function appendMessages(...messages: readonly Message[]): void {
  updateConversation({ messages: [...conversation.get().messages, ...messages].slice(-MAX_MESSAGES) });
}

export function updateLastMessage(fields: Partial<Message>): void {
  const { messages } = conversation.get();
  updateConversation({ messages: [...messages.slice(0, -1), { ...messages.at(-1)!, ...fields }] });
}

export function lastQuestion(): Message | undefined {
  return conversation.get().messages.findLast(({ role }) => role === 'user');
}
