// When something was said.

import type { JSX } from 'preact';
import { spoken } from '../words/words.ts';
import { useStore } from './use.ts';

export function Moment({ at }: { readonly at: string | undefined }): JSX.Element | null {
  const { language } = useStore(spoken);
  const time = new Date(at ?? NaN);
  if (isNaN(time.getTime())) return null;
  // The visitor's own country writes its times in its own way.
  const locale = navigator.languages.find((tag) => tag.startsWith(language)) ?? language;
  const today = time.toDateString() === new Date().toDateString();
  const format = new Intl.DateTimeFormat(locale, {
    ...(today ? {} : { day: 'numeric', month: 'short' }),
    hour: 'numeric',
    minute: '2-digit',
  });
  return <time dateTime={time.toISOString()}>{format.format(time)}</time>;
}
