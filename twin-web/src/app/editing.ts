// Whether what is being written takes the place of the last question.

import { store } from '../chat/store.ts';
import { lastQuestion } from '../chat/talk.ts';

export const editing = store(false);

export function beginEditing(): void {
  if (lastQuestion()) editing.set(true);
}
