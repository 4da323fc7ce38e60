// The conversation as a Markdown file.

import type { Message } from '../../chat/message.ts';
import { talk } from '../../chat/talk.ts';
import { everyWord } from '../every-word.ts';
import { config } from '../settings.ts';

export function save(): void {
  const { messages } = talk.get();
  if (messages.length === 0) return;
  const { name } = config.get();
  const text = toMarkdown(messages, document.title, name ?? 'AI', everyWord().you);
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
