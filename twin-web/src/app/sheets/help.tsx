// Which keys do what.

import type { JSX } from 'preact';
import { useEveryWord } from '../every-word.ts';
import { Dialog } from './dialog.tsx';

const MOD = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl';

export function Help({ close }: { readonly close: () => void }): JSX.Element {
  const words = useEveryWord();
  const rows: readonly (readonly [readonly string[], string])[] = [
    [['Enter'], words.keySend],
    [['Shift', 'Enter'], words.keyLine],
    [['Esc'], words.keyStop],
    [['↑'], words.keyEdit],
    [[MOD, 'K'], words.keyMenu],
    [[MOD, 'Shift', 'O'], words.keyNew],
    [[MOD, '/'], words.keyHelp],
  ];
  return (
    <Dialog title={words.shortcuts} kind="middle" close={close}>
      <dl class="keys">
        {rows.map(([keys, what]) => (
          <div key={what}>
            <dt dir="ltr">
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
