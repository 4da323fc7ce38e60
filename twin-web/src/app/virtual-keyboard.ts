// Keeps the message field above the on-screen keyboard.

/** Shrinks the page in browsers where the keyboard covers it instead of resizing it. */
export function fitVirtualKeyboard(): void {
  const viewport = window.visualViewport;
  if (!viewport) return;
  const fit = (): void => {
    // A small difference is not a keyboard. Zooming shrinks the viewport too.
    const isCovered = innerHeight - viewport.height > 80 && viewport.scale === 1;
    const style = document.documentElement.style;
    if (isCovered) style.setProperty('--height', `${Math.round(viewport.height)}px`);
    else style.removeProperty('--height');
    if (isCovered) scrollTo(0, 0);
  };
  viewport.addEventListener('resize', fit);
}
