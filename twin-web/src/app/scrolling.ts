// The end of the conversation stays in sight until the visitor scrolls away from it.

import { store } from '../chat/store.ts';

const NEAR = 48;

/** Whether the end is in sight and followed. */
export const atEnd = store(true);

let box: HTMLElement | undefined;

/** Answers with how to stop. */
export function keepAtEnd(scroller: HTMLElement, content: HTMLElement): () => void {
  box = scroller;
  let height = 0;
  const onScroll = (): void => {
    // A change of height moves the end away; only the visitor's own scrolling counts.
    if (scroller.scrollHeight === height)
      atEnd.set(scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR);
  };
  const sizes = new ResizeObserver(() => {
    height = scroller.scrollHeight;
    if (atEnd.get()) scroller.scrollTop = height;
  });
  sizes.observe(content);
  sizes.observe(scroller);
  scroller.addEventListener('scroll', onScroll, { passive: true });
  atEnd.set(true);
  return () => {
    sizes.disconnect();
    scroller.removeEventListener('scroll', onScroll);
    box = undefined;
  };
}

export function follow(): void {
  atEnd.set(true);
  if (box) box.scrollTop = box.scrollHeight;
}
