// The time of a message.

import type { JSX } from 'preact';
import { locale } from '../locales/locale.ts';
import { useStore } from './hooks.ts';

export function Timestamp({ at }: { readonly at: string | undefined }): JSX.Element | null {
  const { language } = useStore(locale);
  const time = new Date(at ?? NaN);
  if (isNaN(time.getTime())) return null;
  // Prefer the visitor's regional variant, such as `en-GB`: countries with the same language format times differently.
  const tag = navigator.languages.find((candidate) => candidate.startsWith(language)) ?? language;
  const isToday = time.toDateString() === new Date().toDateString();
  const format = new Intl.DateTimeFormat(tag, {
    ...(isToday ? {} : { day: 'numeric', month: 'short' }),
    hour: 'numeric',
    minute: '2-digit',
  });
  return <time dateTime={time.toISOString()}>{format.format(time)}</time>;
}
