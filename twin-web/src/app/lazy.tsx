// A component that is loaded on demand.

import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useTexts } from './hooks.ts';

interface LazyProps<Props> {
  readonly load: () => Promise<ComponentType<Props>>;
  readonly props: Props;
}

export function Lazy<Props extends object>({ load, props }: LazyProps<Props>): JSX.Element {
  const texts = useTexts();
  const [Component, setComponent] = useState<ComponentType<Props>>();
  const [failed, setFailed] = useState(false);
  useEffect(
    () =>
      void load().then(
        (component) => setComponent(() => component),
        () => setFailed(true),
      ),
    [load],
  );
  if (Component) return <Component {...props} />;
  // Offline, or a later deploy has replaced the files of a page that was open for long.
  if (failed)
    return (
      <p class="lazy" role="alert">
        {texts.errLost}{' '}
        <button type="button" class="link" onClick={() => location.reload()}>
          {texts.retry}
        </button>
      </p>
    );
  return <div class="lazy" />;
}
