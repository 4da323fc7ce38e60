// Markdown inside a paragraph: code, emphasis, links; raw HTML and images stay text.

import { flanking, pairRuns, type Link, type Run } from './emphasis.ts';
import { reference } from './entities.ts';
import { bareLink } from './links.ts';
import { element, type Piece } from './tree.ts';

interface Bracket {
  readonly link: Link;
  readonly run: Run | undefined;
  readonly image: boolean;
}

/** Where runs of backticks of one length are, and the first of them that was not passed yet. */
interface Ticks {
  readonly places: number[];
  next: number;
}

const ESCAPABLE = /[!-/:-@[-`{-~]/;
const PLAIN = /[^\\`*_~[\]!<&\nhHwW@]+/y;
const AUTOLINK = /<(?:([a-z][a-z\d+.-]{1,31}:[^\s<>]{0,2000})|([\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z\d.-]{1,255}))>/iy;
const DESTINATION = /<((?:[^<>\\\n]|\\.){0,2000})>/y;
const TITLE = /\s+(?:"((?:[^"\\]|\\[^]){0,1000})"|'((?:[^'\\]|\\[^]){0,1000})'|\(((?:[^()\\]|\\[^]){0,1000})\))/y;
const SPACES = /\s*/y;
const WORD = /[\p{L}\p{N}_]/u;
const MAIL_NAME = /[\w.+-]/;

/** `unfinished` text still grows: an emphasis that is not closed yet is taken for one. */
export function parseInline(text: string, unfinished = false): Piece[] {
  return new Inline(text).parse(unfinished);
}

class Inline {
  private at = 0;
  private readonly head: Link = { piece: '', before: undefined, after: undefined, run: undefined };
  private tail = this.head;
  private lastRun: Run | undefined;
  private readonly brackets: Bracket[] = [];
  /** Brackets below this hold a link already, and links do not nest. */
  private inactive = 0;
  private ticks: Map<number, Ticks> | undefined;

  constructor(private readonly text: string) {}

  parse(unfinished: boolean): Piece[] {
    while (this.at < this.text.length) this.step();
    if (unfinished) this.closeWhatIsOpen();
    pairRuns(this.lastRun, undefined);
    return this.pieces(this.head.after);
  }

  private step(): void {
    const char = this.text[this.at]!;
    switch (char) {
      case '\\':
        return this.escape();
      case '`':
        return this.code();
      case '*':
      case '_':
      case '~':
        return this.delimiters(char);
      case '[':
        return this.bracket(1, false);
      case '!':
        return this.text[this.at + 1] === '[' ? this.bracket(2, true) : this.add('!', 1);
      case ']':
        return this.closeBracket();
      case '<':
        return this.autolink();
      case '&': {
        const found = reference(this.text, this.at);
        return this.add(found?.text ?? '&', found?.length ?? 1);
      }
      case '\n':
        return this.lineBreak();
      default:
        return this.plain();
    }
  }

  private plain(): void {
    const before = this.text[this.at - 1] ?? '';
    const bare = WORD.test(before) || this.inLinkText() ? undefined : bareLink(this.text, this.at);
    if (bare) return this.add(element('a', [bare.text], { href: bare.address }), bare.text.length);
    PLAIN.lastIndex = this.at;
    const length = PLAIN.exec(this.text)?.[0].length ?? 1;
    const end = this.at + length;
    let start = end;
    if (this.text[end] === '@')
      while (start > this.at && end - start < 64 && MAIL_NAME.test(this.text[start - 1]!)) start -= 1;
    this.add(this.text.slice(this.at, start > this.at ? start : end), start > this.at ? start - this.at : length);
  }

  private inLinkText(): boolean {
    return this.brackets.length > this.inactive;
  }

  private escape(): void {
    const next = this.text[this.at + 1] ?? '';
    if (next === '\n') {
      this.add(element('br', []), 2);
      return this.skipSpaces();
    }
    if (ESCAPABLE.test(next)) this.add(next, 2);
    else this.add('\\', 1);
  }

  private lineBreak(): void {
    const last = this.tail.piece;
    if (typeof last === 'string' && !this.tail.run) {
      const trimmed = last.replace(/ {1,1000}$/, '');
      const hard = last.length - trimmed.length > 1;
      this.tail.piece = trimmed;
      this.add(hard ? element('br', []) : '\n', 1);
    } else {
      this.add('\n', 1);
    }
    this.skipSpaces();
  }

  private skipSpaces(): void {
    while (this.text[this.at] === ' ') this.at += 1;
  }

  private code(): void {
    const length = this.runLength('`');
    this.ticks ??= backticks(this.text);
    const runs = this.ticks.get(length);
    while (runs && runs.places[runs.next]! <= this.at) runs.next += 1;
    const end = runs?.places[runs.next];
    if (end === undefined) return this.add('`'.repeat(length), length);
    let code = this.text.slice(this.at + length, end).replace(/\n/g, ' ');
    if (code.startsWith(' ') && code.endsWith(' ') && code.trim() !== '') code = code.slice(1, -1);
    this.add(element('code', [code]), end + length - this.at);
  }

  private delimiters(char: string): void {
    const length = this.runLength(char);
    const before = charBefore(this.text, this.at);
    const after = String.fromCodePoint(this.text.codePointAt(this.at + length) ?? 32);
    const place = this.at;
    const side = flanking(char, before, after);
    this.add(char.repeat(length), length);
    if (char === '~' && length > 2) return;
    const run: Run = {
      place,
      char,
      count: length,
      length,
      ...side,
      before: this.lastRun,
      after: undefined,
      link: this.tail,
    };
    if (this.lastRun) this.lastRun.after = run;
    this.lastRun = run;
    this.tail.run = run;
  }

  private bracket(length: number, image: boolean): void {
    this.add(image ? '![' : '[', length, true);
    this.brackets.push({ link: this.tail, run: this.lastRun, image });
  }

  private closeBracket(): void {
    const bracket = this.brackets.pop();
    const active = this.brackets.length >= this.inactive;
    this.inactive = Math.min(this.inactive, this.brackets.length);
    const target = bracket && active && !bracket.image ? this.destination(this.at + 1) : undefined;
    if (!bracket || !target) return this.add(']', 1);
    pairRuns(this.lastRun, bracket.run);
    this.lastRun = bracket.run;
    if (this.lastRun) this.lastRun.after = undefined;
    const children = this.pieces(bracket.link.after);
    this.tail = bracket.link;
    this.tail.after = undefined;
    const title = target.title === '' ? {} : { title: target.title };
    this.tail.piece = element('a', children, { href: target.address, ...title });
    this.at = target.end;
    this.inactive = this.brackets.length;
  }

  private destination(start: number): { address: string; title: string; end: number } | undefined {
    if (this.text[start] !== '(') return undefined;
    let at = this.spacesAfter(start + 1);
    DESTINATION.lastIndex = at;
    const pointed = DESTINATION.exec(this.text);
    const raw = pointed ? pointed[1]! : this.text[at] === '<' ? undefined : this.bareDestination(at);
    if (raw === undefined) return undefined;
    at += pointed ? pointed[0].length : raw.length;
    TITLE.lastIndex = at;
    const title = TITLE.exec(this.text);
    at = this.spacesAfter(at + (title?.[0].length ?? 0));
    if (this.text[at] !== ')') return undefined;
    return { address: unescaped(raw), title: unescaped(title?.[1] ?? title?.[2] ?? title?.[3] ?? ''), end: at + 1 };
  }

  private bareDestination(start: number): string | undefined {
    let nested = 0;
    let at = start;
    for (; at < this.text.length && at - start < 2000; at += 1) {
      const char = this.text[at]!;
      if (char === '\\' && ESCAPABLE.test(this.text[at + 1] ?? '')) at += 1;
      else if (char === '(') nested += 1;
      else if (char === ')' && (nested -= 1) < 0) break;
      else if (char <= ' ' || char === '\u007f') break;
    }
    return nested > 0 ? undefined : this.text.slice(start, at);
  }

  private spacesAfter(at: number): number {
    SPACES.lastIndex = at;
    return at + SPACES.exec(this.text)![0].length;
  }

  private autolink(): void {
    AUTOLINK.lastIndex = this.at;
    const found = AUTOLINK.exec(this.text);
    if (!found) return this.add('<', 1);
    this.add(element('a', [found[1] ?? found[2]!], { href: found[1] ?? `mailto:${found[2]}` }), found[0].length);
  }

  private runLength(char: string): number {
    let end = this.at;
    while (this.text[end] === char) end += 1;
    return end - this.at;
  }

  /** Emphasis that has begun, and a link whose address is still on its way, look finished already. */
  private closeWhatIsOpen(): void {
    for (let run = this.lastRun; run && (run.char !== '~' || run.length === 2); run = run.before) {
      if (run.closes && !run.opens) return;
      if (!run.opens || run.length > 2 || (run.length === 1 && run.char !== '_' && run.char !== '*')) continue;
      if (run.link === this.tail) return;
      this.add(run.char.repeat(run.length), 0);
      const closing: Run = {
        place: this.at,
        char: run.char,
        count: run.length,
        length: run.length,
        opens: false,
        closes: true,
        before: this.lastRun,
        after: undefined,
        link: this.tail,
      };
      this.lastRun!.after = closing;
      this.lastRun = closing;
      this.tail.run = closing;
      return;
    }
  }

  private add(piece: Piece, length: number, alone = false): void {
    this.at += length;
    const last = this.tail;
    if (
      !alone
      && typeof piece === 'string'
      && typeof last.piece === 'string'
      && !last.run
      && last !== this.head
      && last !== this.brackets[this.brackets.length - 1]?.link
      && !'*_~'.includes(piece[0] ?? ' ')
    ) {
      last.piece += piece;
      return;
    }
    this.tail = { piece, before: last, after: undefined, run: undefined };
    last.after = this.tail;
  }

  private pieces(first: Link | undefined): Piece[] {
    const found: Piece[] = [];
    for (let link = first; link; link = link.after) {
      const last = found.length - 1;
      if (link.piece === '') continue;
      if (typeof link.piece === 'string' && typeof found[last] === 'string') found[last] += link.piece;
      else found.push(link.piece);
    }
    return found;
  }
}

function backticks(text: string): Map<number, Ticks> {
  const runs = new Map<number, Ticks>();
  for (const run of text.matchAll(/`+/g)) {
    const same = runs.get(run[0].length) ?? { places: [], next: 0 };
    same.places.push(run.index);
    runs.set(run[0].length, same);
  }
  return runs;
}

function charBefore(text: string, at: number): string {
  const low = text.charCodeAt(at - 1);
  const pair = low >= 0xdc00 && low < 0xe000 && at > 1;
  return at === 0 ? ' ' : text.slice(at - (pair ? 2 : 1), at);
}

/** Addresses and info strings know escapes and references, and nothing else. */
export function unescaped(text: string): string {
  let plain = '';
  for (let at = 0; at < text.length; at += 1) {
    const next = text[at + 1] ?? '';
    const found = text[at] === '&' ? reference(text, at) : undefined;
    if (found) {
      plain += found.text;
      at += found.length - 1;
    } else if (text[at] === '\\' && ESCAPABLE.test(next)) {
      plain += next;
      at += 1;
    } else {
      plain += text[at]!;
    }
  }
  return plain;
}
