// A sheet over the page: takes the focus, keeps it, and gives it back.

import type { ComponentChildren, JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { IconButton } from '../icon.tsx';
import { useWords } from '../use.ts';

interface DialogProps {
  readonly title: string;
  readonly kind: 'side' | 'middle';
  readonly close: () => void;
  readonly children: ComponentChildren;
}

export function Dialog({ title, kind, close, children }: DialogProps): JSX.Element {
  const words = useWords();
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current!.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected && document.activeElement === document.body)
        before.focus();
    };
  }, []);
  const leave = (): void => dialog.current!.close();
  return (
    <dialog
      class={kind}
      ref={dialog}
      aria-labelledby="sheet-title"
      onClose={close}
      onClick={(event) => {
        if (event.target === dialog.current) leave();
      }}
    >
      <div class="sheet">
        <header>
          <h2 id="sheet-title">{title}</h2>
          <IconButton icon="close" label={words.close} onClick={leave} />
        </header>
        {children}
      </div>
    </dialog>
  );
}
