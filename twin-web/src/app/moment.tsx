// When something was said.

import type { JSX } from 'preact';
import { spoken } from '../words/words.ts';
import { useStore } from './use.ts';

export function Moment({ at }: { readonly at: string | undefined }): JSX.Element | null {
  const { language } = useStore(spoken);
  const time = new Date(at ?? NaN);
  if (isNaN(time.getTime())) return null;
  const today = time.toDateString() === new Date().toDateString();
  const format = new Intl.DateTimeFormat(language, { ...(today ? {} : { day: 'numeric', month: 'short' }), hour: '2-digit', minute: '2-digit' });
  return <time dateTime={time.toISOString()}>{format.format(time)}</time>;
}
