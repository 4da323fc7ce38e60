// Parses the block structure of Markdown by CommonMark's algorithm: one pass over the lines, with a stack of open blocks.

import { parseDelimiterRow, splitRow } from './table.ts';
import { MAX_NESTING } from './tree.ts';

type Kind = 'document' | 'quote' | 'list' | 'item' | 'paragraph' | 'heading' | 'rule' | 'code' | 'fence' | 'table';

export interface Block {
  readonly kind: Kind;
  /** The offset of its first line in the source. */
  readonly start: number;
  /** The number of its first line. */
  readonly first: number;
  /** The number of its last line that is not blank. */
  last: number;
  readonly children: Block[];
  readonly lines: string[];
  /** Heading: level. List: first number, or -1 for bullets. Item: indent. Fence: length. */
  readonly size: number;
  /** Fence: its character and info string. List: marker. Table: alignments, separated by commas. */
  readonly info: string;
  /** The indent of a fence. */
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
  /** The offset of the previous line. */
  private previousStart = 0;
  /** The rest of the line that is not consumed yet. */
  private text = '';

  line(line: string, start: number): void {
    this.number += 1;
    this.previousStart = this.start;
    this.start = start;
    this.text = tabsToSpaces(line);
    let matched = 1;
    while (matched < this.open.length && this.continues(this.open[matched]!)) matched += 1;
    const fence = this.open[matched - 1]!;
    if (fence.kind === 'fence') return this.addFencedLine(fence);
    const lazy = this.tip().kind === 'paragraph';
    const before = matched;
    matched = this.openBlocks(matched);
    if (this.text.trim() === '') {
      if (this.open[matched - 1]!.kind === 'code') return void this.open[matched - 1]!.lines.push(this.text);
      return this.close(matched);
    }
    // A lazy continuation line: the paragraph continues although the line lacks the prefixes of its containers.
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

  /** Returns whether an open block continues in this line. If so, consumes its prefix. */
  private continues(open: Block): boolean {
    const indent = indentOf(this.text);
    const blank = indent === this.text.length;
    switch (open.kind) {
      case 'quote':
        if (indent > 3 || this.text[indent] !== '>') return false;
        open.last = this.number;
        this.consume(indent + 1);
        if (this.text.startsWith(' ')) this.consume(1);
        return true;
      case 'item':
        if (blank) return open.children.length > 0;
        if (indent < open.size) return false;
        this.consume(open.size);
        return true;
      case 'code':
        if (indent < 4 && !blank) return false;
        this.consume(4);
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

  /** Opens the blocks that begin in this line. Returns the number of blocks on the stack that the line belongs to. */
  private openBlocks(matched: number): number {
    for (;;) {
      const tip = this.open[matched - 1]!;
      if (tip.kind === 'code') return matched;
      const indent = indentOf(this.text);
      if (indent === this.text.length) return matched;
      if (indent > 3) {
        if (tip.kind === 'paragraph' || tip.kind === 'table' || this.tip().kind === 'paragraph') return matched;
        this.consume(4);
        return this.push(matched, 'code');
      }
      const next = this.openLeaf(matched, tip, this.text.slice(indent), indent);
      if (next > 0) return next;
      const container = this.openContainer(matched, tip, indent);
      if (container < 0) return matched;
      matched = container;
    }
  }

  /** Returns the new length of the stack, or 0 if no leaf begins. */
  private openLeaf(matched: number, tip: Block, rest: string, indent: number): number {
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

  /** Turns the last line of a paragraph into the header row of a table if this line is a delimiter row. */
  private becomesTable(matched: number, tip: Block, rest: string): boolean {
    const head = tip.lines[tip.lines.length - 1]!;
    const align = head.includes('|') || rest.includes('|') ? parseDelimiterRow(rest) : undefined;
    if (!align || splitRow(head).length !== align.length) return false;
    tip.lines.pop();
    if (tip.lines.length === 0) this.replaceParagraph(matched, tip);
    this.push(matched - 1, 'table', { info: align.join(), lines: [head], start: this.previousStart });
    this.text = '';
    return true;
  }

  private replaceParagraph(matched: number, tip: Block): void {
    this.close(matched);
    const siblings = this.open[matched - 2]!.children;
    if (siblings[siblings.length - 1] === tip) siblings.pop();
  }

  /** Returns the new length of the stack, or -1 if no container begins. */
  private openContainer(matched: number, tip: Block, indent: number): number {
    if (matched > MAX_NESTING) return -1;
    if (this.text[indent] === '>') {
      this.consume(indent + 1);
      if (this.text.startsWith(' ')) this.consume(1);
      return this.push(matched, 'quote');
    }
    const marker = MARKER.exec(this.text.slice(indent));
    if (!marker) return -1;
    const width = indent + marker[0].length;
    const space = indentOf(this.text.slice(width));
    const empty = width + space === this.text.length;
    const from = marker[1] === undefined ? -1 : Number(marker[1]);
    // Only a list whose first item is not empty, and is a bullet or number 1, interrupts a paragraph.
    if (tip.kind === 'paragraph' && (empty || from > 1 || from === 0)) return -1;
    const padding = empty || space > 4 ? 1 : space;
    const style = marker[2] ?? marker[0];
    let length = tip.kind === 'list' ? matched : this.withoutLeaf(matched);
    if (this.open[length - 1]!.kind !== 'list' || this.open[length - 1]!.info !== style) {
      if (this.open[length - 1]!.kind === 'list') length -= 1;
      length = this.push(length, 'list', { size: from, info: style });
    }
    this.consume(Math.min(width + padding, this.text.length));
    return this.push(length, 'item', { size: width + padding });
  }

  /** Excludes a leaf at the end of the stack, because only containers can have children. */
  private withoutLeaf(length: number): number {
    return CONTAINERS.has(this.open[length - 1]!.kind) ? length : length - 1;
  }

  /** Opens a block and returns the new length of the stack. The block begins in this line, or where `replaced` began. */
  private push(
    matched: number,
    kind: Kind,
    parts: Partial<Block> = {},
    replaced: Block | undefined = undefined,
  ): number {
    let length = this.withoutLeaf(matched);
    if (this.open[length - 1]!.kind === 'list' && kind !== 'item') length -= 1;
    this.close(length);
    const next = {
      ...block(kind, replaced?.start ?? this.start, replaced?.first ?? this.number),
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

  private addFencedLine(fence: Block): void {
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

  private consume(count: number): void {
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

/** Expands tabs to columns of four, in the part of a line that determines the structure. */
function tabsToSpaces(line: string): string {
  const structure = /^[ \t>*+\-\d.)]*/.exec(line)![0];
  if (!structure.includes('\t')) return line;
  let text = '';
  for (const char of structure) text += char === '\t' ? ' '.repeat(4 - (text.length % 4)) : char;
  return text + line.slice(structure.length);
}
