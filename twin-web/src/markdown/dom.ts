// A tree in the document: changes only what differs from the tree shown before, and lets no unsafe address in.

import { safeAddress } from './links.ts';
import type { Element as Tree, Piece } from './tree.ts';

/** Headings of an answer are below those of the page. */
const SHOWN_AS: Readonly<Record<string, string>> = { h1: 'h3', h2: 'h3', h3: 'h4', h4: 'h5', h5: 'h6' };

/** Makes `parent` show `next`, where it shows `before` now; `offset` children of it come first and stay. */
export function patch(parent: ParentNode & Node, before: readonly Piece[], next: readonly Piece[], offset = 0): void {
  next.forEach((piece, at) => {
    const old = before[at];
    const node = parent.childNodes[offset + at];
    if (old === undefined || !node) parent.append(make(piece));
    else if (typeof piece === 'string' && typeof old === 'string') grow(node as Text, old, piece);
    else if (typeof piece !== 'string' && typeof old !== 'string' && alike(old, piece))
      patch(inside(node), old.children, piece.children);
    else parent.replaceChild(make(piece), node);
  });
  for (let at = before.length; at > next.length; at -= 1) parent.childNodes[offset + at - 1]?.remove();
}

function grow(node: Text, old: string, text: string): void {
  if (old === text) return;
  if (text.startsWith(old)) node.appendData(text.slice(old.length));
  else node.data = text;
}

function alike(old: Tree, next: Tree): boolean {
  const names = Object.keys(next.attributes);
  return (
    old.tag === next.tag
    && names.length === Object.keys(old.attributes).length
    && names.every((name) => old.attributes[name] === next.attributes[name])
  );
}

/** What is wide scrolls inside a box; other things may stand in front of it there. */
function inside(node: Node): ParentNode & Node {
  return (node instanceof HTMLDivElement ? node.lastChild! : node) as ParentNode & Node;
}

function make(piece: Piece): Node {
  if (typeof piece === 'string') return document.createTextNode(piece);
  const { tag, attributes, children } = piece;
  const href = attributes['href'] === undefined ? undefined : safeAddress(attributes['href']);
  const node = document.createElement(tag === 'a' && href === undefined ? 'span' : (SHOWN_AS[tag] ?? tag));
  if (href !== undefined) {
    node.setAttribute('href', href);
    node.setAttribute('rel', 'noopener nofollow');
    node.setAttribute('target', '_blank');
  }
  for (const name of ['class', 'start', 'title', 'type', 'checked', 'disabled']) {
    if (attributes[name] !== undefined && (name !== 'title' || href !== undefined))
      node.setAttribute(name, attributes[name]);
  }
  if (attributes['align'] !== undefined) node.className = `align-${attributes['align']}`;
  if (tag === 'input') node.ariaLabel = attributes['checked'] === undefined ? '☐' : '☑';
  node.append(...children.map(make));
  if (tag !== 'table' && tag !== 'pre') return node;
  const box = document.createElement('div');
  box.className = tag;
  (tag === 'pre' ? (node as HTMLElement) : box).tabIndex = 0;
  box.append(node);
  return box;
}
