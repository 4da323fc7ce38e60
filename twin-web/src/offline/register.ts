// Keeps the page itself for when there is no connection.

interface Policies {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): { createScriptURL(url: string): string };
}

const SCRIPT = '/sw.js';

export function register(): void {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return;
  const policies = (window as unknown as { trustedTypes?: Policies }).trustedTypes;
  const policy = policies?.createPolicy('twin', { createScriptURL: () => SCRIPT });
  // Where it is not allowed, the page works all the same.
  void navigator.serviceWorker.register(policy?.createScriptURL(SCRIPT) ?? SCRIPT).catch(() => {});
}
