// Whether the visitor is editing the last question.

import { store } from '../base/store.ts';
import { lastQuestion } from '../chat/conversation.ts';

export const editing = store(false);

export function startEditing(): void {
  if (lastQuestion()) editing.set(true);
}
