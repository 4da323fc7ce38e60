// Renders a growing Markdown text. Complete blocks stay unchanged; only the last one is parsed again.

import { patch } from './dom.ts';
import { parse } from './markdown.ts';
import type { Element } from './tree.ts';

export interface MarkdownView {
  update(text: string, unfinished: boolean): void;
}

/** Calls `decorate` for each code block that is complete. It may be called twice for the same block. */
export function createView(root: HTMLElement, decorate: (block: HTMLElement) => void): MarkdownView {
  let source = '';
  /** The length of the text that is complete, and the number of blocks in it. */
  let completeLength = 0;
  let completeBlocks = 0;
  /** The elements of the blocks after that. */
  let shown: Element[] = [];
  return {
    update(text, unfinished) {
      if (!text.startsWith(source)) {
        root.replaceChildren();
        [completeLength, completeBlocks, shown] = [0, 0, []];
      }
      source = text;
      const found = parse(text.slice(completeLength), unfinished);
      const next = found.map(({ element }) => element);
      patch(root, shown, next, completeBlocks);
      // An incomplete line can still change the type of the block before it, so that block is not complete either.
      const last = Math.max(unfinished ? found.length - (text.endsWith('\n') ? 1 : 2) : found.length, 0);
      for (let at = 0; at < last; at += 1) {
        const block = root.childNodes[completeBlocks + at];
        if (!(block instanceof HTMLElement)) continue;
        block.querySelectorAll<HTMLElement>('.pre').forEach(decorate);
        if (block.matches('.pre')) decorate(block);
      }
      if (!unfinished || last === 0) {
        shown = next;
        return;
      }
      completeLength += found[last]!.start;
      completeBlocks += last;
      shown = next.slice(last);
    },
  };
}
