// Splits a growing Markdown text into sentences for screen readers.

const END = /[.!?…:](?=\s)|[。！？؟](?=[^\n])|\n/g;
const MARKUP = /^[ \t]*(?:#{1,6}|[-*+>]|\d+[.)]|`{3,}\w*)[ \t]*|[*_`~|]+|!?\[(?=[^\]]*\]\()|\]\([^)\s]*\)/gm;

/** Returns the complete sentences after `from`, without markup, and where the incomplete rest begins. */
export function completeSentences(
  text: string,
  from: number,
  isFinished: boolean,
): { sentences: string[]; end: number } {
  const sentences: string[] = [];
  END.lastIndex = from;
  for (let found = END.exec(text); found; found = END.exec(text)) {
    const end = found.index + found[0].length;
    sentences.push(plainText(text.slice(from, end)));
    from = end;
  }
  if (isFinished) {
    sentences.push(plainText(text.slice(from)));
    from = text.length;
  }
  return { sentences: sentences.filter((sentence) => sentence !== ''), end: from };
}

function plainText(text: string): string {
  return text.replace(MARKUP, '').replace(/\s+/g, ' ').trim();
}
