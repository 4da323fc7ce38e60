// Parses Markdown into a tree.

import { parseBlocks, type Block } from './blocks.ts';
import { parseInline, unescapeText } from './inline.ts';
import { splitRow } from './table.ts';
import { element, type Element, type TreeNode } from './tree.ts';

export interface ParsedBlock {
  /** Where the block begins in the source. */
  readonly start: number;
  readonly element: Element;
}

const TASK = /^\[([ xX])\][ \t]+/;

/** Parses a text. If it is `unfinished`, open emphasis in the last block is closed. */
export function parse(source: string, unfinished = false): ParsedBlock[] {
  const blocks = parseBlocks(source);
  return blocks.map((block, at) => ({
    start: block.start,
    element: toElement(block, unfinished && at === blocks.length - 1),
  }));
}

function toElement(block: Block, unfinished: boolean): Element {
  switch (block.kind) {
    case 'heading':
      return element(`h${block.size}`, parseInline(block.lines[0]!, unfinished));
    case 'rule':
      return element('hr', []);
    case 'code':
      return code(block.lines, '');
    case 'fence':
      return code(block.lines, unescapeText(block.info.slice(1)).split(/\s/, 1)[0]!);
    case 'quote':
      return element('blockquote', toElements(block.children, unfinished));
    case 'list':
      return list(block, unfinished);
    case 'table':
      return table(block);
    default:
      return element('p', inline(block, unfinished));
  }
}

function toElements(blocks: readonly Block[], unfinished: boolean): Element[] {
  return blocks.map((block, at) => toElement(block, unfinished && at === blocks.length - 1));
}

function inline(block: Block, unfinished: boolean): TreeNode[] {
  return parseInline(block.lines.join('\n').trimEnd(), unfinished);
}

function code(lines: readonly string[], language: string): Element {
  const text = lines.map((line) => `${line}\n`).join('');
  return element('pre', [
    element('code', text === '' ? [] : [text], language === '' ? {} : { class: `language-${language}` }),
  ]);
}

function list(block: Block, unfinished: boolean): Element {
  const tight = isTight(block);
  const items = block.children.map((item, at) => {
    const open = unfinished && at === block.children.length - 1;
    const children: TreeNode[] = [];
    item.children.forEach((child, index) => {
      const last = open && index === item.children.length - 1;
      const task = index === 0 && child.kind === 'paragraph' ? TASK.exec(child.lines[0]!) : null;
      if (task) {
        child.lines[0] = child.lines[0]!.slice(task[0].length);
        children.push(
          element('input', [], { type: 'checkbox', disabled: '', ...(task[1] === ' ' ? {} : { checked: '' }) }),
          ' ',
        );
      }
      if (tight && child.kind === 'paragraph') children.push(...inline(child, last));
      else children.push(toElement(child, last));
    });
    return element('li', children);
  });
  if (block.size < 0) return element('ul', items);
  return element('ol', items, block.size === 1 ? {} : { start: String(block.size) });
}

/** A list is tight unless blank lines separate its items or the blocks in them. Only blank lines can be between blocks. */
function isTight(list: Block): boolean {
  const areAdjacent = (blocks: readonly Block[]): boolean =>
    blocks.every((block, at) => at === 0 || block.first - blocks[at - 1]!.last === 1);
  return areAdjacent(list.children) && list.children.every((item) => areAdjacent(item.children));
}

function table(block: Block): Element {
  const align = block.info.split(',');
  const row = (line: string, tag: string): Element => {
    const texts = splitRow(line);
    return element(
      'tr',
      align.map((side, at) => element(tag, parseInline(texts[at] ?? ''), side === '' ? {} : { align: side })),
    );
  };
  const [head, ...rows] = block.lines;
  const body =
    rows.length === 0
      ? []
      : [
          element(
            'tbody',
            rows.map((line) => row(line, 'td')),
          ),
        ];
  return element('table', [element('thead', [row(head!, 'th')]), ...body]);
}
