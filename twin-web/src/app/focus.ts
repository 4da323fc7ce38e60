// Moves the focus after the focused element was removed.

/** Focuses the message field. On touch screens it focuses the page, because the field would open the keyboard. */
export function restoreFocus(): void {
  const isTouch = matchMedia('(pointer: coarse)').matches;
  document.querySelector<HTMLElement>(isTouch ? 'main' : '#message')?.focus({ preventScroll: true });
}
