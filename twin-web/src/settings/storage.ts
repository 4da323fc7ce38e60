// What this browser remembers; where it may not, it is remembered until the page is closed.

const PREFIX = 'twin:';
const instead = new Map<string, string>();

export function recall(name: string): unknown {
  try {
    const text = localStorage.getItem(PREFIX + name) ?? instead.get(name);
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function remember(name: string, value: unknown): void {
  const text = JSON.stringify(value);
  try {
    localStorage.setItem(PREFIX + name, text);
  } catch {
    instead.set(name, text);
  }
}
