// Markdown's block structure by CommonMark's algorithm: one pass over the lines, with a stack of what is open.

import { delimiterRow, cells } from './table.ts';
import { NESTING } from './tree.ts';

type Kind = 'document' | 'quote' | 'list' | 'item' | 'paragraph' | 'heading' | 'rule' | 'code' | 'fence' | 'table';

export interface Block {
  readonly kind: Kind;
  /** Where its first line begins in the source. */
  readonly start: number;
  /** The numbers of its first and of its last line that is not blank. */
  readonly first: number;
  last: number;
  readonly children: Block[];
  readonly lines: string[];
  /** Heading: its level. List: its first number. Item: its indent. Fence: its length. */
  readonly size: number;
  /** Fence: its info string. List: its marker. Table: the alignments, joined. */
  readonly info: string;
  /** Fence: how far it is indented. */
  readonly indent: number;
}

const CONTAINERS: ReadonlySet<Kind> = new Set(['document', 'quote', 'list', 'item']);
const HEADING = /^(#{1,6})(?:[ \t]+|$)/;
const FENCE = /^(?:(`{3,})([^`]*)|(~{3,})(.*))$/;
const RULE = /^(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const SETEXT = /^(=+|-+)[ \t]*$/;
const MARKER = /^(?:[-+*]|(\d{1,9})([.)]))(?=[ \t]|$)/;

export function parseBlocks(source: string): Block[] {
  const parser = new Parser();
  let start = 0;
  while (start < source.length) {
    let end = source.indexOf('\n', start);
    if (end < 0) end = source.length;
    parser.line(source.slice(start, end).replace(/\r$/, ''), start);
    start = end + 1;
  }
  return parser.finish();
}

class Parser {
  private readonly open: Block[] = [block('document', 0, 0)];
  private number = -1;
  private start = 0;
  /** Where the line before begins. */
  private previous = 0;
  private text = '';

  line(line: string, start: number): void {
    this.number += 1;
    this.previous = this.start;
    this.start = start;
    this.text = tabsToSpaces(line);
    let matched = 1;
    while (matched < this.open.length && this.continues(this.open[matched]!)) matched += 1;
    const fence = this.open[matched - 1]!;
    if (fence.kind === 'fence') return this.fenced(fence);
    const lazy = this.tip().kind === 'paragraph';
    const before = matched;
    matched = this.begin(matched);
    if (this.text.trim() === '') {
      if (this.open[matched - 1]!.kind === 'code') return void this.open[matched - 1]!.lines.push(this.text);
      return this.close(matched);
    }
    const isLazy = lazy && matched === before && matched < this.open.length;
    if (!isLazy) this.close(matched);
    this.addText();
  }

  finish(): Block[] {
    this.close(1);
    return this.open[0]!.children;
  }

  private tip(): Block {
    return this.open[this.open.length - 1]!;
  }

  /** Whether an open block goes on in this line; takes its prefix off where it does. */
  private continues(open: Block): boolean {
    const indent = indentOf(this.text);
    const blank = indent === this.text.length;
    switch (open.kind) {
      case 'quote':
        if (indent > 3 || this.text[indent] !== '>') return false;
        open.last = this.number;
        this.take(indent + 1);
        if (this.text.startsWith(' ')) this.take(1);
        return true;
      case 'item':
        if (blank) return open.children.length > 0;
        if (indent < open.size) return false;
        this.take(open.size);
        return true;
      case 'code':
        if (indent < 4 && !blank) return false;
        this.take(4);
        return true;
      case 'list':
      case 'fence':
        return true;
      case 'paragraph':
      case 'table':
        return !blank;
      default:
        return false;
    }
  }

  /** Opens whatever begins in this line, and says how much of the stack then goes on. */
  private begin(matched: number): number {
    for (;;) {
      const tip = this.open[matched - 1]!;
      if (tip.kind === 'code') return matched;
      const indent = indentOf(this.text);
      if (indent === this.text.length) return matched;
      if (indent > 3) {
        if (tip.kind === 'paragraph' || tip.kind === 'table' || this.tip().kind === 'paragraph') return matched;
        this.take(4);
        return this.push(matched, 'code');
      }
      const next = this.beginLeaf(matched, tip, this.text.slice(indent), indent);
      if (next > 0) return next;
      const container = this.beginContainer(matched, tip, indent);
      if (container < 0) return matched;
      matched = container;
    }
  }

  /** Answers with the new length of the stack, or 0 where no leaf begins. */
  private beginLeaf(matched: number, tip: Block, rest: string, indent: number): number {
    const heading = HEADING.exec(rest);
    if (heading) {
      const text = rest.slice(heading[0].length).replace(/(?:^|[ \t])#+[ \t]*$/, '');
      this.text = '';
      return this.push(matched, 'heading', { size: heading[1]!.length, lines: [text.trim()] });
    }
    const fence = FENCE.exec(rest);
    if (fence) {
      const marker = fence[1] ?? fence[3]!;
      const info = (fence[2] ?? fence[4]!).trim();
      this.text = '';
      return this.push(matched, 'fence', { size: marker.length, info: marker[0]! + info, indent });
    }
    if (tip.kind === 'paragraph') {
      if (this.becomesTable(matched, tip, rest)) return matched;
      const underline = SETEXT.exec(rest);
      if (underline) {
        this.replaceParagraph(matched, tip);
        this.text = '';
        return this.push(
          matched - 1,
          'heading',
          { size: rest[0] === '=' ? 1 : 2, lines: [tip.lines.join('\n').trimEnd()] },
          tip,
        );
      }
    }
    if (!RULE.test(rest)) return 0;
    this.text = '';
    return this.push(matched, 'rule');
  }

  /** The last line of a paragraph is a table's head when this line is its delimiter row. */
  private becomesTable(matched: number, tip: Block, rest: string): boolean {
    const head = tip.lines[tip.lines.length - 1]!;
    const align = head.includes('|') || rest.includes('|') ? delimiterRow(rest) : undefined;
    if (!align || cells(head).length !== align.length) return false;
    tip.lines.pop();
    if (tip.lines.length === 0) this.replaceParagraph(matched, tip);
    this.push(matched - 1, 'table', { info: align.join(), lines: [head], start: this.previous });
    this.text = '';
    return true;
  }

  private replaceParagraph(matched: number, tip: Block): void {
    this.close(matched);
    const siblings = this.open[matched - 2]!.children;
    if (siblings[siblings.length - 1] === tip) siblings.pop();
  }

  private beginContainer(matched: number, tip: Block, indent: number): number {
    if (matched > NESTING) return -1;
    if (this.text[indent] === '>') {
      this.take(indent + 1);
      if (this.text.startsWith(' ')) this.take(1);
      return this.push(matched, 'quote');
    }
    const marker = MARKER.exec(this.text.slice(indent));
    if (!marker) return -1;
    const width = indent + marker[0].length;
    const space = indentOf(this.text.slice(width));
    const empty = width + space === this.text.length;
    const from = marker[1] === undefined ? -1 : Number(marker[1]);
    // Only a list that is surely one interrupts a paragraph.
    if (tip.kind === 'paragraph' && (empty || from > 1 || from === 0)) return -1;
    const padding = empty || space > 4 ? 1 : space;
    const style = marker[2] ?? marker[0];
    let length = tip.kind === 'list' ? matched : this.leafless(matched);
    if (this.open[length - 1]!.kind !== 'list' || this.open[length - 1]!.info !== style) {
      if (this.open[length - 1]!.kind === 'list') length -= 1;
      length = this.push(length, 'list', { size: from, info: style });
    }
    this.take(Math.min(width + padding, this.text.length));
    return this.push(length, 'item', { size: width + padding });
  }

  /** A leaf cannot hold anything: what begins in it begins beside it. */
  private leafless(length: number): number {
    return CONTAINERS.has(this.open[length - 1]!.kind) ? length : length - 1;
  }

  private push(matched: number, kind: Kind, parts: Partial<Block> = {}, place: Block | undefined = undefined): number {
    let length = this.leafless(matched);
    if (this.open[length - 1]!.kind === 'list' && kind !== 'item') length -= 1;
    this.close(length);
    const next = {
      ...block(kind, place?.start ?? this.start, place?.first ?? this.number),
      last: this.number,
      ...parts,
    };
    this.tip().children.push(next);
    this.open.push(next);
    return length + 1;
  }

  private addText(): void {
    const tip = this.tip();
    tip.last = this.number;
    if (tip.kind === 'code') tip.lines.push(this.text);
    else if (tip.kind === 'paragraph' || tip.kind === 'table') tip.lines.push(this.text.trimStart());
    else {
      this.push(this.open.length, 'paragraph');
      this.tip().lines.push(this.text.trimStart());
    }
  }

  private fenced(fence: Block): void {
    fence.last = this.number;
    const indent = indentOf(this.text);
    const rest = this.text.slice(indent).trimEnd();
    const mark = fence.info[0]!;
    if (indent < 4 && rest.length >= fence.size && rest === mark.repeat(rest.length))
      return this.close(this.open.length - 1);
    fence.lines.push(this.text.slice(Math.min(indent, fence.indent)));
  }

  private close(length: number): void {
    while (this.open.length > length) {
      const closed = this.open.pop()!;
      const child = closed.children[closed.children.length - 1];
      if (child) closed.last = Math.max(closed.last, child.last);
      if (closed.kind === 'code') closed.lines.splice(closed.last - closed.first + 1);
    }
  }

  private take(count: number): void {
    this.text = this.text.slice(count);
  }
}

function block(kind: Kind, start: number, first: number): Block {
  return { kind, start, first, last: first, children: [], lines: [], size: 0, info: '', indent: 0 };
}

function indentOf(text: string): number {
  let at = 0;
  while (text[at] === ' ') at += 1;
  return at;
}

/** In the part that is structure a tab reaches to the next column that four divides. */
function tabsToSpaces(line: string): string {
  const structure = /^[ \t>*+\-\d.)]*/.exec(line)![0];
  if (!structure.includes('\t')) return line;
  let text = '';
  for (const char of structure) text += char === '\t' ? ' '.repeat(4 - (text.length % 4)) : char;
  return text + line.slice(structure.length);
}
