// Where the focus goes when what had it is gone: it is never lost.

/** On a phone the field would bring up the keyboard over what was just asked for. */
export function keepFocus(): void {
  const touch = matchMedia('(pointer: coarse)').matches;
  document.querySelector<HTMLElement>(touch ? 'main' : '#message')?.focus({ preventScroll: true });
}
