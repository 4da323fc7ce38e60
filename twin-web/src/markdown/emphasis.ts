// Emphasis by CommonMark's delimiter runs, in time linear in their number.

import { element, NESTING, type Piece } from './tree.ts';

/** The pieces of a text in their order; a run of delimiters is one until it turns out to be emphasis. */
export interface Link {
  piece: Piece;
  before: Link | undefined;
  after: Link | undefined;
  run: Run | undefined;
}

export interface Run {
  /** Where in the text it is. */
  readonly place: number;
  char: string;
  count: number;
  readonly length: number;
  readonly opens: boolean;
  readonly closes: boolean;
  before: Run | undefined;
  after: Run | undefined;
  link: Link;
}

const SPACE = /^\s?$/;
const PUNCTUATION = /^[\p{P}\p{S}]$/u;

export function flanking(char: string, before: string, after: string): { opens: boolean; closes: boolean } {
  const [spaceBefore, spaceAfter] = [SPACE.test(before), SPACE.test(after)];
  const [markBefore, markAfter] = [PUNCTUATION.test(before), PUNCTUATION.test(after)];
  const left = !spaceAfter && (!markAfter || spaceBefore || markBefore);
  const right = !spaceBefore && (!markBefore || spaceAfter || markAfter);
  if (char !== '_') return { opens: left, closes: right };
  return { opens: left && (!right || markBefore), closes: right && (!left || markAfter) };
}

/** Pairs the runs after `bottom` up to `last`; those that stay alone are text. */
export function pairRuns(last: Run | undefined, bottom: Run | undefined): void {
  // No opener for closers of this kind is before this place; a run itself may be gone by the time it is looked for.
  const floors = new Map<string, number>();
  let closer = last;
  while (closer && closer.before !== bottom) closer = closer.before;
  while (closer) {
    if (!closer.closes) {
      closer = closer.after;
      continue;
    }
    const key = `${closer.char}${closer.length % 3}${closer.opens}${closer.char === '~' ? closer.length : ''}`;
    const floor = floors.get(key) ?? bottom?.place ?? -1;
    let opener = closer.before;
    while (opener && opener.place > floor && !pairs(opener, closer)) opener = opener.before;
    if (opener && opener.place > floor) {
      // Nobody nests so deep: the rest is text.
      if (!wrap(opener, closer)) return;
      if (opener.count === 0) dropRun(opener);
      if (closer.count > 0) continue;
      const next: Run | undefined = closer.after;
      dropRun(closer);
      closer = next;
    } else {
      floors.set(key, closer.place - 1);
      closer = closer.after;
    }
  }
}

function pairs(opener: Run, closer: Run): boolean {
  if (!opener.opens || opener.char !== closer.char) return false;
  if (opener.char === '~') return opener.length === closer.length;
  const either = opener.closes || closer.opens;
  return !(
    either
    && (opener.length + closer.length) % 3 === 0
    && !(opener.length % 3 === 0 && closer.length % 3 === 0)
  );
}

function wrap(opener: Run, closer: Run): boolean {
  const used = opener.char === '~' ? opener.count : opener.count > 1 && closer.count > 1 ? 2 : 1;
  const children: Piece[] = [];
  for (let link = opener.link.after; link && link !== closer.link; link = link.after) children.push(link.piece);
  const made = element(opener.char === '~' ? 'del' : used === 2 ? 'strong' : 'em', children);
  if (made.depth > NESTING) return false;
  // What is between the two cannot pair with anything outside.
  opener.after = closer;
  closer.before = opener;
  const link: Link = { piece: made, before: opener.link, after: closer.link, run: undefined };
  opener.link.after = link;
  closer.link.before = link;
  for (const run of [opener, closer]) {
    run.count -= used;
    run.link.piece = run.char.repeat(run.count);
  }
  return true;
}

function dropRun(run: Run): void {
  if (run.before) run.before.after = run.after;
  if (run.after) run.after.before = run.before;
}
