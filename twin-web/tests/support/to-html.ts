// Formats a Markdown tree as HTML, in the form that CommonMark's examples use.

import { parse } from '../../src/markdown/markdown.ts';
import type { TreeNode } from '../../src/markdown/tree.ts';

const BLOCKS = new Set('p blockquote ul ol li pre hr h1 h2 h3 h4 h5 h6 table thead tbody tr th td'.split(' '));

export function toHtml(source: string): string {
  return parse(source)
    .map(({ element }) => `${format(element)}\n`)
    .join('');
}

function format(node: TreeNode): string {
  if (typeof node === 'string') return escape(node);
  const { tag } = node;
  const attributes = Object.entries(node.attributes)
    .map(([name, value]) => ` ${name}="${escape(name === 'href' ? encode(value) : value)}"`)
    .join('');
  if (tag === 'br') return '<br />\n';
  if (tag === 'hr' || tag === 'input') return `<${tag}${attributes} />`;
  const lines = node.children.map((child) => [isBlock(child), format(child)] as const);
  const inside = lines.reduce(
    (text, [block, line]) => text + (block ? `${text.endsWith('\n') ? '' : '\n'}${line}\n` : line),
    '',
  );
  return `<${tag}${attributes}>${tag === 'blockquote' && inside === '' ? '\n' : inside}</${tag}>`;
}

function isBlock(node: TreeNode): boolean {
  return typeof node !== 'string' && BLOCKS.has(node.tag);
}

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

/** Percent-encodes an address, as the examples do. Browsers do that by themselves. */
function encode(address: string): string {
  return encodeURI(address).replace(/%25([\da-f]{2})/gi, '%$1');
}
