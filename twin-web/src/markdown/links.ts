// The addresses that an answer may link to, and links without markup.

const ALLOWED = /^(?:https?:\/\/|mailto:|tel:)/i;
const BARE_URL = /(?:https?:\/\/|www\.)[^\s<]{1,2000}/iy;
const BARE_MAIL = /[\w.+-]{1,64}@[a-z\d-]{1,63}(?:\.[a-z\d-]{1,63}){1,8}(?![\w-])/iy;
const ENTITY_AT_END = /&[a-z\d]{1,32};$/i;

/** Returns the address if it is safe to open, and `undefined` otherwise. */
export function safeAddress(address: string): string | undefined {
  // Browsers remove these characters, so they would see another scheme than this check.
  if (/[\u0000-\u0020\u007f]/.test(address)) return undefined;
  return ALLOWED.test(address) ? address : undefined;
}

/** Returns the URL or mail address that begins at `at`, if there is one. */
export function bareLink(text: string, at: number): { text: string; address: string } | undefined {
  BARE_URL.lastIndex = at;
  const url = BARE_URL.exec(text);
  if (url) {
    const shown = trimPunctuation(url[0]);
    const address = /^www\./i.test(shown) ? `https://${shown}` : shown;
    return /^https?:\/\/[^/?#]*[\p{L}\p{N}]/iu.test(address) ? { text: shown, address } : undefined;
  }
  BARE_MAIL.lastIndex = at;
  const mail = BARE_MAIL.exec(text);
  return mail ? { text: mail[0], address: `mailto:${mail[0]}` } : undefined;
}

/** Removes punctuation of the surrounding sentence from the end of a URL. */
function trimPunctuation(url: string): string {
  let end = url.length;
  let closing = 0;
  for (const char of url) closing += char === ')' ? 1 : char === '(' ? -1 : 0;
  for (;;) {
    const last = url[end - 1]!;
    if ('?!.,:*_~\'"'.includes(last)) end -= 1;
    else if (last === ')' && closing > 0) {
      end -= 1;
      closing -= 1;
    } else {
      const entity = last === ';' ? ENTITY_AT_END.exec(url.slice(Math.max(0, end - 34), end)) : null;
      if (!entity) return url.slice(0, end);
      end -= entity[0].length;
    }
    if (end === 0) return '';
  }
}
