// Adds a header with language and copy button to a code block, and highlights the code.

import { allTexts } from './all-texts.ts';
import { copyText } from './clipboard.ts';

/** Longer code is not highlighted. */
const MAX_LENGTH = 50_000;
/** How long the copy button shows that it has copied, in milliseconds. */
const COPIED_TIME = 2_000;

export function decorateCodeBlock(block: HTMLElement): void {
  const code = block.querySelector('code');
  if (!code || block.querySelector('.code-header')) return;
  const text = code.textContent;
  const language = /^language-([\w+#.-]{1,20})$/.exec(code.className)?.[1] ?? '';
  const texts = allTexts();
  const header = document.createElement('div');
  const label = document.createElement('span');
  const button = document.createElement('button');
  header.className = 'code-header';
  label.textContent = language;
  button.type = 'button';
  button.className = 'link';
  button.textContent = texts.copy;
  button.addEventListener('click', () => {
    void copyText(text).then(() => {
      button.textContent = texts.copied;
      setTimeout(() => {
        button.textContent = texts.copy;
      }, COPIED_TIME);
    });
  });
  header.append(label, button);
  block.prepend(header);
  if (language === '' || text.length > MAX_LENGTH) return;
  void import('../highlight/highlight.ts').then(
    ({ highlight }) => {
      if (code.textContent === text) code.replaceChildren(...highlight(text, language));
    },
    () => {},
  );
}
