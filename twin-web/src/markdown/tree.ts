// The result of parsing Markdown: a tree of elements and text. It contains no raw HTML.

export type TreeNode = string | Element;

export interface Element {
  tag: string;
  attributes: Readonly<Record<string, string>>;
  children: TreeNode[];
  /** The number of nested elements, including this one. */
  depth: number;
}

/** Deeper nesting is not parsed, so that hostile input cannot exhaust the stack. */
export const MAX_NESTING = 24;

export function element(tag: string, children: TreeNode[], attributes: Record<string, string> = {}): Element {
  let depth = 0;
  for (const child of children) if (typeof child !== 'string') depth = Math.max(depth, child.depth);
  return { tag, attributes, children, depth: depth + 1 };
}
