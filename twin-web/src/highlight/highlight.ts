// Syntax highlighting: comments, strings, numbers, keywords, calls and tags. Takes time linear in the length of the code.

import { LANGUAGES, type Language } from './languages.ts';

export type TokenKind = 'comment' | 'string' | 'number' | 'keyword' | 'call' | 'tag';

export interface Token {
  readonly kind: TokenKind | undefined;
  readonly text: string;
}

const NUMBER = /\b(?:0x[\da-f_]+|\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?)/iy;
const WORD = /[\p{L}_$][\p{L}\p{N}_$]*/uy;
const TAG = /<\/?[a-z][\w:-]*|\/?>/iy;
const OTHER = /[^\p{L}_$\d"'`#/<>-]+/uy;
const CALL = /\s{0,4}\(/y;

export function highlight(code: string, languageName: string): Node[] {
  return tokenize(code, languageName).map(({ kind, text }) => {
    if (kind === undefined) return document.createTextNode(text);
    const span = document.createElement('span');
    span.className = `hl-${kind}`;
    span.textContent = text;
    return span;
  });
}

/** Splits code into tokens. An unknown language yields one token without a kind. */
export function tokenize(code: string, languageName: string): Token[] {
  const name = languageName.toLowerCase();
  const language = Object.hasOwn(LANGUAGES, name) ? LANGUAGES[name] : undefined;
  if (!language) return [{ kind: undefined, text: code }];
  const found: Token[] = [];
  let plain = '';
  for (let at = 0; at < code.length;) {
    const { kind, text } = nextToken(code, at, language);
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

function nextToken(code: string, at: number, language: Language): Token {
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

function wordKind(word: string, code: string, end: number, { keywords }: Language): TokenKind | undefined {
  if (keywords.has(word) || (keywords === LANGUAGES['sql']!.keywords && keywords.has(word.toLowerCase())))
    return 'keyword';
  return match(CALL, code, end) === undefined ? undefined : 'call';
}

function match(pattern: RegExp, code: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(code)?.[0] || undefined;
}
