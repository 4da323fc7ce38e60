// Which sentences of a growing text are complete, as a screen reader should say them.

const END = /[.!?…:](?=\s)|[。！？؟](?=[^\n])|\n/g;
const MARKUP = /^[ \t]*(?:#{1,6}|[-*+>]|\d+[.)]|`{3,}\w*)[ \t]*|[*_`~|]+|!?\[(?=[^\]]*\]\()|\]\([^)\s]*\)/gm;

/** The sentences after `from` that are complete, and where the rest begins. */
export function sentences(text: string, from: number, finished: boolean): { ready: string[]; from: number } {
  const ready: string[] = [];
  END.lastIndex = from;
  for (let found = END.exec(text); found; found = END.exec(text)) {
    const end = found.index + found[0].length;
    ready.push(plain(text.slice(from, end)));
    from = end;
  }
  if (finished) {
    ready.push(plain(text.slice(from)));
    from = text.length;
  }
  return { ready: ready.filter((sentence) => sentence !== ''), from };
}

function plain(text: string): string {
  return text.replace(MARKUP, '').replace(/\s+/g, ' ').trim();
}
