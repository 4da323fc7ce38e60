// Saves the conversation as a Markdown file.

import { conversation } from '../../chat/conversation.ts';
import type { Message } from '../../chat/message.ts';
import { config } from '../../settings/config.ts';
import { allTexts } from '../all-texts.ts';

export function exportConversation(): void {
  const { messages } = conversation.get();
  if (messages.length === 0) return;
  const { name } = config.get();
  const text = toMarkdown(messages, document.title, name ?? 'AI', allTexts().you);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/markdown' }));
  link.download = `${(name ?? 'twin').toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-')}-${new Date().toISOString().slice(0, 10)}.md`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export function toMarkdown(messages: readonly Message[], title: string, twin: string, you: string): string {
  const parts = messages
    .filter(({ text }) => text !== '')
    .map(({ role, text, at }) => {
      const time = at ? ` (${at.slice(0, 16).replace('T', ' ')})` : '';
      return `**${role === 'user' ? you : twin}**${time}\n\n${role === 'user' ? text.replace(/^/gm, '> ') : text}\n`;
    });
  return `# ${title}\n\n${parts.join('\n')}`;
}
