// What Markdown becomes before it is shown: elements and text, and no raw HTML anywhere.

export type Piece = string | Element;

export interface Element {
  tag: string;
  attributes: Readonly<Record<string, string>>;
  children: Piece[];
  /** How deep it nests, so that hostile input cannot nest without end. */
  depth: number;
}

export const NESTING = 24;

export function element(tag: string, children: Piece[], attributes: Record<string, string> = {}): Element {
  let depth = 0;
  for (const child of children) if (typeof child !== 'string') depth = Math.max(depth, child.depth);
  return { tag, attributes, children, depth: depth + 1 };
}
