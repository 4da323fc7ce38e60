// A modal dialog.

import type { ComponentChildren, JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { useTexts } from '../hooks.ts';
import { IconButton, ICONS } from '../icon.tsx';

interface DialogProps {
  readonly title: string;
  readonly kind: 'side' | 'middle';
  readonly close: () => void;
  readonly children: ComponentChildren;
}

export function Dialog({ title, kind, close, children }: DialogProps): JSX.Element {
  const texts = useTexts();
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const focused = document.activeElement;
    dialog.current!.showModal();
    return () => {
      // Browsers restore the focus on `close()`, but not if the dialog is removed while it is open.
      if (focused instanceof HTMLElement && focused.isConnected && document.activeElement === document.body)
        focused.focus();
    };
  }, []);
  const requestClose = (): void => dialog.current!.close();
  return (
    <dialog
      class={kind}
      ref={dialog}
      aria-labelledby="dialog-title"
      onClose={close}
      onClick={(event) => {
        // The content fills the dialog, so a click on the dialog itself is one on the backdrop.
        if (event.target === dialog.current) requestClose();
      }}
    >
      <div class="dialog">
        <header>
          <h2 id="dialog-title">{title}</h2>
          <IconButton icon={ICONS.close} label={texts.close} onClick={requestClose} />
        </header>
        {children}
      </div>
    </dialog>
  );
}
