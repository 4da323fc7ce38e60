// The settings in `config.json`. Missing and invalid values are ignored.

import { isRecord } from '../base/json.ts';
import { store } from '../base/store.ts';

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

const MAX_SIZE = 64 * 1024;
const FETCH_TIMEOUT = 3_000;
/** A path on this origin. Rejects schemes, other hosts, and characters that browsers rewrite, such as `\`. */
const PATH = /^(?!\/\/)[\w/.~%-]+(?:\?[\w=&.-]*)?$/;

export const config = store<Config>({});

/** Returns nothing if the server does not respond in time, or with an error that may pass. */
export async function fetchConfig(): Promise<Config | undefined> {
  try {
    const response = await fetch('/config.json', { signal: AbortSignal.timeout(FETCH_TIMEOUT) });
    const text = await response.text();
    if (response.status >= 500 || response.status === 429) return undefined;
    return response.ok && text.length <= MAX_SIZE ? parseText(text) : {};
  } catch {
    return undefined;
  }
}

function parseText(text: string): Config {
  try {
    return parseConfig(JSON.parse(text));
  } catch {
    return {};
  }
}

export function parseConfig(json: unknown): Config {
  const record = isRecord(json) ? json : {};
  const entries = Object.entries({
    name: line(record['name'], 80),
    title: line(record['title'], 80),
    greeting: line(record['greeting'], 1_000),
    suggestions: list(record['suggestions'], 6, (item) => line(item, 120)),
    avatar: matching(record['avatar'], PATH),
    accent: matching(record['accent'], /^#(?:[\da-f]{3}|[\da-f]{6})$/i),
    languages: list(record['languages'], 20, (item) => matching(item, /^[a-z]{2,3}(?:-[a-z\d]{2,8})*$/i)),
    links: list(record['links'], 8, parseLink),
    privacy: line(record['privacy'], 300),
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function parseLink(json: unknown): Link | undefined {
  if (!isRecord(json)) return undefined;
  const label = line(json['label'], 60);
  const url = matching(json['url'], /^(?:https?:\/\/|mailto:|tel:)[^\s\u0000-\u001f]{1,500}$/i);
  return label !== undefined && url !== undefined ? { label, url } : undefined;
}

/** Removes control characters and bidirectional overrides, and truncates the text. */
function line(json: unknown, maxLength: number): string | undefined {
  if (typeof json !== 'string') return undefined;
  const text = json
    .slice(0, maxLength * 4)
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .trim();
  const chars = [...text];
  if (chars.length <= maxLength) return text === '' ? undefined : text;
  return `${chars
    .slice(0, maxLength - 1)
    .join('')
    .trimEnd()}…`;
}

function matching(json: unknown, pattern: RegExp): string | undefined {
  return typeof json === 'string' && pattern.test(json) ? json : undefined;
}

function list<Item>(
  json: unknown,
  maxLength: number,
  parse: (item: unknown) => Item | undefined,
): readonly Item[] | undefined {
  if (!Array.isArray(json)) return undefined;
  const items = json
    .slice(0, 100)
    .map(parse)
    .filter((item) => item !== undefined);
  return items.length > 0 ? items.slice(0, maxLength) : undefined;
}
