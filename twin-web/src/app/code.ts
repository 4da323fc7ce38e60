// A frame round code: its language and a button that copies it; colours come when there is code at all.

import { everyWord } from './every-word.ts';
import { copy } from './clipboard.ts';

/** Larger blocks stay plain. */
const LARGEST = 50_000;

export function frame(block: HTMLElement): void {
  const code = block.querySelector('code');
  if (!code || block.querySelector('.bar')) return;
  const text = code.textContent;
  const language = /^language-([\w+#.-]{1,20})$/.exec(code.className)?.[1] ?? '';
  const words = everyWord();
  const bar = document.createElement('div');
  const label = document.createElement('span');
  const button = document.createElement('button');
  bar.className = 'bar';
  label.textContent = language;
  button.type = 'button';
  button.className = 'link';
  button.textContent = words.copy;
  button.addEventListener('click', () => {
    void copy(text).then(() => {
      button.textContent = words.copied;
      setTimeout(() => {
        button.textContent = words.copy;
      }, 2_000);
    });
  });
  bar.append(label, button);
  block.prepend(bar);
  if (language === '' || text.length > LARGEST) return;
  void import('../highlight/highlight.ts').then(
    ({ highlight }) => {
      if (code.textContent === text) code.replaceChildren(...highlight(text, language));
    },
    () => {},
  );
}
