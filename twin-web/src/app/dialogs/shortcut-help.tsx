// The list of keyboard shortcuts.

import type { JSX } from 'preact';
import { useAllTexts } from '../all-texts.ts';
import { Dialog } from './dialog.tsx';

const MOD = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl';

export function ShortcutHelp({ close }: { readonly close: () => void }): JSX.Element {
  const texts = useAllTexts();
  const rows: readonly (readonly [readonly string[], string])[] = [
    [['Enter'], texts.keySend],
    [['Shift', 'Enter'], texts.keyNewLine],
    [['Esc'], texts.keyStop],
    [['↑'], texts.keyEdit],
    [[MOD, 'K'], texts.keyMenu],
    [[MOD, 'Shift', 'O'], texts.keyNewChat],
    [[MOD, '/'], texts.keyHelp],
  ];
  return (
    <Dialog title={texts.shortcuts} kind="middle" close={close}>
      <dl class="keys">
        {rows.map(([keys, description]) => (
          <div key={description}>
            <dt dir="ltr">
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{description}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
