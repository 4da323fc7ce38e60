// An answer's Markdown in the document, drawn at most once a frame while it is being written.

import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Store } from '../chat/store.ts';
import { view, type View } from '../markdown/view.ts';
import { frame } from './code.ts';

interface BodyProps {
  readonly text: string;
  readonly live: Store<string> | undefined;
}

export function Body({ text, live }: BodyProps): JSX.Element {
  const root = useRef<HTMLDivElement>(null);
  const shown = useRef<View | undefined>(undefined);
  useLayoutEffect(() => {
    const body = (shown.current ??= view(root.current!, frame));
    if (!live) return void body.update(text, false);
    let waiting = 0;
    const draw = (): void => {
      waiting = 0;
      body.update(live.get(), true);
    };
    const soon = (): void => void (waiting ||= requestAnimationFrame(draw));
    soon();
    const leave = live.watch(soon);
    return () => {
      leave();
      cancelAnimationFrame(waiting);
    };
  }, [text, live]);
  return <div class="body" dir="auto" ref={root} />;
}
