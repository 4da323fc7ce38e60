// A tree written as CommonMark's own examples write it.

import { parse } from '../../src/markdown/markdown.ts';
import type { Piece } from '../../src/markdown/tree.ts';

const BLOCKS = new Set('p blockquote ul ol li pre hr h1 h2 h3 h4 h5 h6 table thead tbody tr th td'.split(' '));

export function toHtml(source: string): string {
  return parse(source)
    .map(({ element }) => `${html(element)}\n`)
    .join('');
}

function html(piece: Piece): string {
  if (typeof piece === 'string') return escape(piece);
  const { tag } = piece;
  const attributes = Object.entries(piece.attributes)
    .map(([name, value]) => ` ${name}="${escape(name === 'href' ? encode(value) : value)}"`)
    .join('');
  if (tag === 'br') return '<br />\n';
  if (tag === 'hr' || tag === 'input') return `<${tag}${attributes} />`;
  const lines = piece.children.map((child) => [isBlock(child), html(child)] as const);
  const inside = lines.reduce(
    (text, [block, line]) => text + (block ? `${text.endsWith('\n') ? '' : '\n'}${line}\n` : line),
    '',
  );
  return `<${tag}${attributes}>${tag === 'blockquote' && inside === '' ? '\n' : inside}</${tag}>`;
}

function isBlock(piece: Piece): boolean {
  return typeof piece !== 'string' && BLOCKS.has(piece.tag);
}

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

/** The examples percent-encode addresses; a browser does that by itself. */
function encode(address: string): string {
  return encodeURI(address).replace(/%25([\da-f]{2})/gi, '%$1');
}
