// Character references: all numeric ones, and the most frequent named ones.

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  copy: '©',
  reg: '®',
  trade: '™',
  hellip: '…',
  mdash: '—',
  ndash: '–',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  euro: '€',
  times: '×',
  rarr: '→',
  larr: '←',
  middot: '·',
  bull: '•',
  auml: 'ä',
  Auml: 'Ä',
  ouml: 'ö',
  Ouml: 'Ö',
  uuml: 'ü',
  szlig: 'ß',
  eacute: 'é',
};
const REFERENCE = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,8}));/iy;

/** Decodes the character reference that begins at `at`, if there is one. */
export function decodeReference(text: string, at: number): { text: string; length: number } | undefined {
  REFERENCE.lastIndex = at;
  const found = REFERENCE.exec(text);
  if (!found) return undefined;
  const [whole, decimal, hex, name] = found;
  if (name !== undefined) {
    const char = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
    return char === undefined ? undefined : { text: char, length: whole.length };
  }
  const code = decimal === undefined ? parseInt(hex!, 16) : Number(decimal);
  const isInvalid = code === 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000);
  return { text: isInvalid ? '\ufffd' : String.fromCodePoint(code), length: whole.length };
}
