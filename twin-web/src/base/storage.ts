// Values in the browser's local storage.

const PREFIX = 'twin:';
/** Used when the browser denies access to local storage. Lost when the page is closed. */
const fallback = new Map<string, string>();

export function loadValue(name: string): unknown {
  try {
    const text = localStorage.getItem(PREFIX + name) ?? fallback.get(name);
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function saveValue(name: string, value: unknown): void {
  const text = JSON.stringify(value);
  try {
    localStorage.setItem(PREFIX + name, text);
  } catch {
    fallback.set(name, text);
  }
}
