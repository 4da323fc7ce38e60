// Automatic scrolling. A new question moves to the top of the view and stays there while its answer grows below it. In a
// conversation that was opened, the end stays visible. Both last until the visitor scrolls away.

import { store } from '../base/store.ts';

/** The distance from the end, in pixels, that still counts as the end. */
const END_DISTANCE = 48;
/** The distance between a question and the message before it, in pixels. */
const GAP = 20;

/** Whether the end of the conversation is in the view. */
export const isEndVisible = store(true);

/** The part that is kept in the view: the last question or the end; `undefined` after the visitor has scrolled away. */
let target: 'question' | 'end' | undefined = 'end';
let view: { readonly scroller: HTMLElement; readonly content: HTMLElement } | undefined;
/** The last question that was asked since the conversation was opened. */
let question: HTMLElement | undefined;
/** The empty space below the conversation that lets the question move to the top, in pixels. */
let space = 0;

/** Scrolls whenever the content or the view changes its size. Returns a function that stops it. */
export function followConversation(scroller: HTMLElement, content: HTMLElement): () => void {
  view = { scroller, content };
  [target, question, space] = ['end', undefined, 0];
  let height = 0;
  const onScroll = (): void => {
    // If the height has changed, the content caused this event and not the visitor.
    if (scroller.scrollHeight !== height) return;
    const isAtQuestion = question !== undefined && Math.abs(scroller.scrollTop - questionTop()) < 2;
    target = isAtQuestion ? 'question' : distanceFromEnd() < END_DISTANCE ? 'end' : undefined;
    isEndVisible.set(distanceFromEnd() < END_DISTANCE);
  };
  const sizes = new ResizeObserver(() => {
    follow();
    height = scroller.scrollHeight;
  });
  sizes.observe(content);
  sizes.observe(scroller);
  scroller.addEventListener('scroll', onScroll, { passive: true });
  isEndVisible.set(true);
  return () => {
    sizes.disconnect();
    scroller.removeEventListener('scroll', onScroll);
    view = undefined;
  };
}

/** Moves a question that was asked now to the top. */
export function showQuestion(element: HTMLElement): void {
  question = element;
  target = 'question';
  follow();
}

export function scrollToEnd(): void {
  target = 'end';
  follow();
}

/** Keeps the view where it is. */
export function stopFollowing(): void {
  target = undefined;
}

function follow(): void {
  if (!view) return;
  const { scroller, content } = view;
  // On very low screens the page scrolls instead.
  const canScroll = getComputedStyle(scroller).overflowY !== 'visible';
  const needed = question && canScroll ? questionTop() + scroller.clientHeight - (content.offsetHeight - space) : 0;
  space = Math.max(0, needed);
  content.style.setProperty('--space', `${space}px`);
  if (target === 'question') scroller.scrollTop = questionTop();
  if (target === 'end') scroller.scrollTop = scroller.scrollHeight;
  isEndVisible.set(distanceFromEnd() < END_DISTANCE);
}

/** The scroll position that shows the question at the top, but at least half of the view below a long one. */
function questionTop(): number {
  const { scroller, content } = view!;
  const start = content.getBoundingClientRect().top;
  const { top, bottom } = question!.getBoundingClientRect();
  const isFirst = !question!.previousElementSibling?.matches('.message');
  return Math.round(Math.max(isFirst ? 0 : top - start - GAP, bottom - start - scroller.clientHeight / 2));
}

function distanceFromEnd(): number {
  const { scroller, content } = view!;
  return content.offsetHeight - space - scroller.scrollTop - scroller.clientHeight;
}
