// Parses the Markdown inside a paragraph: code, emphasis and links. Raw HTML and images stay text.

import { flanking, pairRuns, type Run, type Segment } from './emphasis.ts';
import { decodeReference } from './entities.ts';
import { bareLink } from './links.ts';
import { element, type TreeNode } from './tree.ts';

interface Bracket {
  readonly segment: Segment;
  /** The last run before the bracket. */
  readonly run: Run | undefined;
  readonly image: boolean;
}

/** The offsets of all backtick runs of one length, and the index of the first one that is not yet passed. */
interface Backticks {
  readonly offsets: number[];
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

/** If the text is `unfinished`, emphasis that is still open is closed at its end. */
export function parseInline(text: string, unfinished = false): TreeNode[] {
  return new Inline(text).parse(unfinished);
}

class Inline {
  private at = 0;
  private readonly head: Segment = { node: '', before: undefined, after: undefined, run: undefined };
  private tail = this.head;
  private lastRun: Run | undefined;
  private readonly brackets: Bracket[] = [];
  /** The number of brackets that contain a link already. They cannot become links, because links do not nest. */
  private inactive = 0;
  private backticks: Map<number, Backticks> | undefined;

  constructor(private readonly text: string) {}

  parse(unfinished: boolean): TreeNode[] {
    while (this.at < this.text.length) this.step();
    if (unfinished) this.closeOpenEmphasis();
    pairRuns(this.lastRun, undefined);
    return this.nodes(this.head.after);
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
        const found = decodeReference(this.text, this.at);
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
    const last = this.tail.node;
    if (typeof last === 'string' && !this.tail.run) {
      const trimmed = last.replace(/ {1,1000}$/, '');
      const hard = last.length - trimmed.length > 1;
      this.tail.node = trimmed;
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
    this.backticks ??= findBackticks(this.text);
    const runs = this.backticks.get(length);
    while (runs && runs.offsets[runs.next]! <= this.at) runs.next += 1;
    const end = runs?.offsets[runs.next];
    if (end === undefined) return this.add('`'.repeat(length), length);
    let code = this.text.slice(this.at + length, end).replace(/\n/g, ' ');
    if (code.startsWith(' ') && code.endsWith(' ') && code.trim() !== '') code = code.slice(1, -1);
    this.add(element('code', [code]), end + length - this.at);
  }

  private delimiters(char: string): void {
    const length = this.runLength(char);
    const before = charBefore(this.text, this.at);
    const after = String.fromCodePoint(this.text.codePointAt(this.at + length) ?? 32);
    const offset = this.at;
    const side = flanking(char, before, after);
    this.add(char.repeat(length), length);
    if (char === '~' && length > 2) return;
    const run: Run = {
      offset,
      char,
      count: length,
      length,
      ...side,
      before: this.lastRun,
      after: undefined,
      segment: this.tail,
    };
    if (this.lastRun) this.lastRun.after = run;
    this.lastRun = run;
    this.tail.run = run;
  }

  private bracket(length: number, image: boolean): void {
    this.add(image ? '![' : '[', length, true);
    this.brackets.push({ segment: this.tail, run: this.lastRun, image });
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
    const children = this.nodes(bracket.segment.after);
    this.tail = bracket.segment;
    this.tail.after = undefined;
    const title = target.title === '' ? {} : { title: target.title };
    this.tail.node = element('a', children, { href: target.address, ...title });
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
    return {
      address: unescapeText(raw),
      title: unescapeText(title?.[1] ?? title?.[2] ?? title?.[3] ?? ''),
      end: at + 1,
    };
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

  /** Closes the last emphasis that is still open, so that it is visible before its end arrives. */
  private closeOpenEmphasis(): void {
    for (let run = this.lastRun; run && (run.char !== '~' || run.length === 2); run = run.before) {
      if (run.closes && !run.opens) return;
      if (!run.opens || run.length > 2 || (run.length === 1 && run.char !== '_' && run.char !== '*')) continue;
      if (run.segment === this.tail) return;
      this.add(run.char.repeat(run.length), 0);
      const closing: Run = {
        offset: this.at,
        char: run.char,
        count: run.length,
        length: run.length,
        opens: false,
        closes: true,
        before: this.lastRun,
        after: undefined,
        segment: this.tail,
      };
      this.lastRun!.after = closing;
      this.lastRun = closing;
      this.tail.run = closing;
      return;
    }
  }

  /** Adds a node that `length` characters of the text produced. Text is merged with text before it, unless `separate`. */
  private add(node: TreeNode, length: number, separate = false): void {
    this.at += length;
    const last = this.tail;
    if (
      !separate
      && typeof node === 'string'
      && typeof last.node === 'string'
      && !last.run
      && last !== this.head
      && last !== this.brackets[this.brackets.length - 1]?.segment
      && !'*_~'.includes(node[0] ?? ' ')
    ) {
      last.node += node;
      return;
    }
    this.tail = { node, before: last, after: undefined, run: undefined };
    last.after = this.tail;
  }

  /** Returns the nodes from a segment on, with adjacent text merged. */
  private nodes(first: Segment | undefined): TreeNode[] {
    const found: TreeNode[] = [];
    for (let segment = first; segment; segment = segment.after) {
      const last = found.length - 1;
      if (segment.node === '') continue;
      if (typeof segment.node === 'string' && typeof found[last] === 'string') found[last] += segment.node;
      else found.push(segment.node);
    }
    return found;
  }
}

function findBackticks(text: string): Map<number, Backticks> {
  const runs = new Map<number, Backticks>();
  for (const run of text.matchAll(/`+/g)) {
    const same = runs.get(run[0].length) ?? { offsets: [], next: 0 };
    same.offsets.push(run.index);
    runs.set(run[0].length, same);
  }
  return runs;
}

function charBefore(text: string, at: number): string {
  const low = text.charCodeAt(at - 1);
  const pair = low >= 0xdc00 && low < 0xe000 && at > 1;
  return at === 0 ? ' ' : text.slice(at - (pair ? 2 : 1), at);
}

/** Resolves backslash escapes and character references, as in addresses and info strings. */
export function unescapeText(text: string): string {
  let plain = '';
  for (let at = 0; at < text.length; at += 1) {
    const next = text[at + 1] ?? '';
    const found = text[at] === '&' ? decodeReference(text, at) : undefined;
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
