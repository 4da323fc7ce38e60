// Renders a tree to the document. Changes only the nodes that differ, and drops unsafe addresses.

import { safeAddress } from './links.ts';
import type { Element as TreeElement, TreeNode } from './tree.ts';

/** Headings of an answer are at a lower level than those of the page. */
const RENDERED_TAGS: Readonly<Record<string, string>> = { h1: 'h3', h2: 'h3', h3: 'h4', h4: 'h5', h5: 'h6' };

/** Changes `parent` from showing `before` to showing `next`. Its first `offset` children stay unchanged. */
export function patch(
  parent: ParentNode & Node,
  before: readonly TreeNode[],
  next: readonly TreeNode[],
  offset = 0,
): void {
  next.forEach((treeNode, at) => {
    const old = before[at];
    const node = parent.childNodes[offset + at];
    if (old === undefined || !node) parent.append(createNode(treeNode));
    else if (typeof treeNode === 'string' && typeof old === 'string') updateText(node as Text, old, treeNode);
    else if (typeof treeNode !== 'string' && typeof old !== 'string' && hasSameAttributes(old, treeNode))
      patch(contentOf(node), old.children, treeNode.children);
    else parent.replaceChild(createNode(treeNode), node);
  });
  for (let at = before.length; at > next.length; at -= 1) parent.childNodes[offset + at - 1]?.remove();
}

function updateText(node: Text, old: string, text: string): void {
  if (old === text) return;
  if (text.startsWith(old)) node.appendData(text.slice(old.length));
  else node.data = text;
}

function hasSameAttributes(old: TreeElement, next: TreeElement): boolean {
  const names = Object.keys(next.attributes);
  return (
    old.tag === next.tag
    && names.length === Object.keys(old.attributes).length
    && names.every((name) => old.attributes[name] === next.attributes[name])
  );
}

/** Tables and code blocks are the last child of a scrollable box. */
function contentOf(node: Node): ParentNode & Node {
  return (node instanceof HTMLDivElement ? node.lastChild! : node) as ParentNode & Node;
}

function createNode(treeNode: TreeNode): Node {
  if (typeof treeNode === 'string') return document.createTextNode(treeNode);
  const { tag, attributes, children } = treeNode;
  const href = attributes['href'] === undefined ? undefined : safeAddress(attributes['href']);
  const node = document.createElement(tag === 'a' && href === undefined ? 'span' : (RENDERED_TAGS[tag] ?? tag));
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
  node.append(...children.map(createNode));
  if (tag !== 'table' && tag !== 'pre') return node;
  const box = document.createElement('div');
  box.className = tag;
  (tag === 'pre' ? (node as HTMLElement) : box).tabIndex = 0;
  box.append(node);
  return box;
}
