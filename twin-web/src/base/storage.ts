// Values in the browser's local storage.

const PREFIX = 'twin:';
/** Used when the browser denies access to local storage, or has no space. Lost when the page is closed. */
const fallback = new Map<string, string>();

export function loadValue(name: string): unknown {
  try {
    const text = fallback.get(name) ?? localStorage.getItem(PREFIX + name);
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function saveValue(name: string, value: unknown): void {
  const text = JSON.stringify(value);
  try {
    localStorage.setItem(PREFIX + name, text);
    fallback.delete(name);
  } catch {
    fallback.set(name, text);
  }
}
