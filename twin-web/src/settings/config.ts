// config.json, as far as it makes sense: whatever is missing or wrong in it is as if it were not there.

export interface Config {
  readonly name?: string;
  readonly title?: string;
  readonly greeting?: string;
  readonly suggestions?: readonly string[];
  readonly avatar?: string;
  readonly accent?: string;
  readonly languages?: readonly string[];
  readonly links?: readonly Link[];
  readonly privacy?: string;
}

export interface Link {
  readonly label: string;
  readonly url: string;
}

const LARGEST = 64 * 1024;
const PATIENCE = 3_000;
/** A path on this origin: no scheme, no other host, nothing that a browser reads in another way. */
const PATH = /^(?!\/\/)[\w/.~%-]+(?:\?[\w=&.-]*)?$/;

export async function fetchConfig(): Promise<Config> {
  try {
    const answer = await fetch('/config.json', { signal: AbortSignal.timeout(PATIENCE) });
    const text = answer.ok ? await answer.text() : '';
    return text.length > LARGEST ? {} : readConfig(JSON.parse(text));
  } catch {
    return {};
  }
}

export function readConfig(json: unknown): Config {
  const from = isRecord(json) ? json : {};
  const entries = Object.entries({
    name: line(from['name'], 80),
    title: line(from['title'], 80),
    greeting: line(from['greeting'], 1_000),
    suggestions: list(from['suggestions'], 6, (item) => line(item, 120)),
    avatar: matching(from['avatar'], PATH),
    accent: matching(from['accent'], /^#(?:[\da-f]{3}|[\da-f]{6})$/i),
    languages: list(from['languages'], 20, (item) => matching(item, /^[a-z]{2,3}(?:-[a-z\d]{2,8})*$/i)),
    links: list(from['links'], 8, readLink),
    privacy: line(from['privacy'], 300),
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function readLink(json: unknown): Link | undefined {
  if (!isRecord(json)) return undefined;
  const label = line(json['label'], 60);
  const url = matching(json['url'], /^(?:https?:\/\/|mailto:|tel:)[^\s\u0000-\u001f]{1,500}$/i);
  return label !== undefined && url !== undefined ? { label, url } : undefined;
}

/** Text without what could turn it round or break it, cut where it is too long. */
function line(json: unknown, longest: number): string | undefined {
  if (typeof json !== 'string') return undefined;
  const text = json
    .slice(0, longest * 4)
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .trim();
  const chars = [...text];
  if (chars.length <= longest) return text === '' ? undefined : text;
  return `${chars
    .slice(0, longest - 1)
    .join('')
    .trimEnd()}…`;
}

function matching(json: unknown, pattern: RegExp): string | undefined {
  return typeof json === 'string' && pattern.test(json) ? json : undefined;
}

function list<Item>(
  json: unknown,
  longest: number,
  read: (item: unknown) => Item | undefined,
): readonly Item[] | undefined {
  if (!Array.isArray(json)) return undefined;
  const items = json
    .slice(0, 100)
    .map(read)
    .filter((item) => item !== undefined);
  return items.length > 0 ? items.slice(0, longest) : undefined;
}

export function isRecord(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
