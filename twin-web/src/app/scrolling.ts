// Automatic scrolling: the end of the conversation stays visible until the visitor scrolls away from it.

import { store } from '../base/store.ts';

/** The distance from the end, in pixels, that still counts as the end. */
const END_DISTANCE = 48;

/** Whether the end is visible and is followed. */
export const isAtEnd = store(true);

let currentScroller: HTMLElement | undefined;

/** Scrolls to the end whenever the content grows. Returns a function that stops it. */
export function followEnd(scroller: HTMLElement, content: HTMLElement): () => void {
  currentScroller = scroller;
  let height = 0;
  const onScroll = (): void => {
    // If the height has changed, the content caused this event and not the visitor.
    if (scroller.scrollHeight === height)
      isAtEnd.set(scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < END_DISTANCE);
  };
  const sizes = new ResizeObserver(() => {
    height = scroller.scrollHeight;
    if (isAtEnd.get()) scroller.scrollTop = height;
  });
  sizes.observe(content);
  sizes.observe(scroller);
  scroller.addEventListener('scroll', onScroll, { passive: true });
  isAtEnd.set(true);
  return () => {
    sizes.disconnect();
    scroller.removeEventListener('scroll', onScroll);
    currentScroller = undefined;
  };
}

export function scrollToEnd(): void {
  isAtEnd.set(true);
  if (currentScroller) currentScroller.scrollTop = currentScroller.scrollHeight;
}
