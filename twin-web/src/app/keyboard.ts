// The on-screen keyboard: where it covers the page instead of shrinking it, the page gives way by itself.

export function fitKeyboard(): void {
  const seen = window.visualViewport;
  if (!seen) return;
  const fit = (): void => {
    const covered = innerHeight - seen.height > 80 && seen.scale === 1;
    const style = document.documentElement.style;
    if (covered) style.setProperty('--height', `${Math.round(seen.height)}px`);
    else style.removeProperty('--height');
    if (covered) scrollTo(0, 0);
  };
  seen.addEventListener('resize', fit);
}
