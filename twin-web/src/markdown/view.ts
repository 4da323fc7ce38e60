// A Markdown text that grows: what is finished stays as it is, only its last block is read again.

import { patch } from './dom.ts';
import { parse } from './markdown.ts';
import type { Element } from './tree.ts';

export interface View {
  update(text: string, unfinished: boolean): void;
}

/** `decorate` is told of every code block that will not change any more, perhaps twice. */
export function view(root: HTMLElement, decorate: (block: HTMLElement) => void): View {
  let source = '';
  /** The source up to here, and the blocks in it, are settled. */
  let settled = 0;
  let blocks = 0;
  let shown: Element[] = [];
  return {
    update(text, unfinished) {
      if (!text.startsWith(source)) {
        root.replaceChildren();
        [settled, blocks, shown] = [0, 0, []];
      }
      source = text;
      const found = parse(text.slice(settled), unfinished);
      const next = found.map(({ element }) => element);
      patch(root, shown, next, blocks);
      // A line that is not complete can still make something else of the block before it.
      const last = Math.max(unfinished ? found.length - (text.endsWith('\n') ? 1 : 2) : found.length, 0);
      for (let at = 0; at < last; at += 1) {
        const block = root.childNodes[blocks + at];
        if (!(block instanceof HTMLElement)) continue;
        block.querySelectorAll<HTMLElement>('.pre').forEach(decorate);
        if (block.matches('.pre')) decorate(block);
      }
      if (!unfinished || last === 0) {
        shown = next;
        return;
      }
      settled += found[last]!.start;
      blocks += last;
      shown = next.slice(last);
    },
  };
}
