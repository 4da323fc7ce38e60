// The Markdown of an answer. While the answer arrives, it is drawn at most once per frame.

import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Store } from '../base/store.ts';
import { createView, type MarkdownView } from '../markdown/view.ts';
import { decorateCodeBlock } from './code-block.ts';

interface MarkdownBodyProps {
  readonly text: string;
  /** The text while it arrives; `undefined` once it is complete. */
  readonly stream: Store<string> | undefined;
}

export function MarkdownBody({ text, stream }: MarkdownBodyProps): JSX.Element {
  const root = useRef<HTMLDivElement>(null);
  const view = useRef<MarkdownView | undefined>(undefined);
  useLayoutEffect(() => {
    const body = (view.current ??= createView(root.current!, decorateCodeBlock));
    if (!stream) return void body.update(text, false);
    let frame = 0;
    const draw = (): void => {
      frame = 0;
      body.update(stream.get(), true);
    };
    const requestDraw = (): void => void (frame ||= requestAnimationFrame(draw));
    requestDraw();
    const unwatch = stream.watch(requestDraw);
    return () => {
      unwatch();
      cancelAnimationFrame(frame);
    };
  }, [text, stream]);
  return <div class="body" dir="auto" ref={root} />;
}
