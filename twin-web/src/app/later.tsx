// Parts of the page that are fetched when they are needed.

import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useWords } from './use.ts';

interface LaterProps<Props> {
  readonly load: () => Promise<ComponentType<Props>>;
  readonly props: Props;
}

export function Later<Props extends object>({ load, props }: LaterProps<Props>): JSX.Element {
  const words = useWords();
  const [Part, setPart] = useState<ComponentType<Props>>();
  const [failed, setFailed] = useState(false);
  useEffect(
    () =>
      void load().then(
        (part) => setPart(() => part),
        () => setFailed(true),
      ),
    [load],
  );
  if (Part) return <Part {...props} />;
  // A page that was open for long may have lost its parts: its site has others by now.
  if (failed)
    return (
      <p class="later" role="alert">
        {words.errLost}{' '}
        <button type="button" class="link" onClick={() => location.reload()}>
          {words.again}
        </button>
      </p>
    );
  return <div class="later" />;
}
