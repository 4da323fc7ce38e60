// Colours for code: comments, strings, numbers, keywords and names that are called. Linear in the length of the code.

import { LANGUAGES, type Language } from './languages.ts';

export type Kind = 'comment' | 'string' | 'number' | 'keyword' | 'call' | 'tag';

export interface Token {
  readonly kind: Kind | undefined;
  readonly text: string;
}

const NUMBER = /\b(?:0x[\da-f_]+|\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?)/iy;
const WORD = /[\p{L}_$][\p{L}\p{N}_$]*/uy;
const TAG = /<\/?[a-z][\w:-]*|\/?>/iy;
const OTHER = /[^\p{L}_$\d"'`#/<>-]+/uy;
const CALLED = /\s{0,4}\(/y;

export function highlight(code: string, name: string): Node[] {
  return tokens(code, name).map(({ kind, text }) => {
    if (kind === undefined) return document.createTextNode(text);
    const span = document.createElement('span');
    span.className = `hl-${kind}`;
    span.textContent = text;
    return span;
  });
}

export function tokens(code: string, name: string): Token[] {
  const language = Object.hasOwn(LANGUAGES, name.toLowerCase()) ? LANGUAGES[name.toLowerCase()] : undefined;
  if (!language) return [{ kind: undefined, text: code }];
  const found: Token[] = [];
  let plain = '';
  for (let at = 0; at < code.length;) {
    const { kind, text } = next(code, at, language);
    at += text.length;
    if (kind === undefined) {
      plain += text;
      continue;
    }
    if (plain !== '') found.push({ kind: undefined, text: plain });
    plain = '';
    found.push({ kind, text });
  }
  if (plain !== '') found.push({ kind: undefined, text: plain });
  return found;
}

function next(code: string, at: number, language: Language): Token {
  const comment = language.comment && match(language.comment, code, at);
  if (comment) return { kind: 'comment', text: comment };
  const string = match(language.string, code, at);
  if (string) return { kind: 'string', text: string };
  const tag = language === LANGUAGES['html'] ? match(TAG, code, at) : undefined;
  if (tag) return { kind: 'tag', text: tag };
  const word = match(WORD, code, at);
  if (word) return { kind: wordKind(word, code, at + word.length, language), text: word };
  const number = match(NUMBER, code, at);
  if (number) return { kind: 'number', text: number };
  return { kind: undefined, text: match(OTHER, code, at) ?? code[at]! };
}

function wordKind(word: string, code: string, end: number, { keywords }: Language): Kind | undefined {
  if (keywords.has(word) || (keywords === LANGUAGES['sql']!.keywords && keywords.has(word.toLowerCase())))
    return 'keyword';
  return match(CALLED, code, end) === undefined ? undefined : 'call';
}

function match(pattern: RegExp, code: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(code)?.[0] || undefined;
}
