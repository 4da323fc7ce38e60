// The owner's colour, and what of it can be read: text on it, and it as text on light and on dark.

type Rgb = readonly [number, number, number];

export interface Accent {
  readonly fill: string;
  readonly onFill: string;
  /** As text or as a line on the page's own light and dark background. */
  readonly light: string;
  readonly dark: string;
}

const ENOUGH = 4.5;
/** The least of the backgrounds that the colour is read on; the style sheet has the same. */
const LIGHT: Rgb = [238, 238, 242];
const DARK: Rgb = [42, 43, 51];
const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];

export function accent(hex: string): Accent {
  const color = parse(hex);
  return {
    fill: format(color),
    onFill: contrast(color, WHITE) >= ENOUGH ? '#ffffff' : '#000000',
    light: format(readable(color, LIGHT, BLACK)),
    dark: format(readable(color, DARK, WHITE)),
  };
}

/** The page's own properties are set on the document; a style attribute would be against its policy. */
export function applyAccent(hex: string | undefined): void {
  if (hex === undefined) return;
  const { fill, onFill, light, dark } = accent(hex);
  const style = document.documentElement.style;
  style.setProperty('--fill', fill);
  style.setProperty('--on-fill', onFill);
  style.setProperty('--accent-light', light);
  style.setProperty('--accent-dark', dark);
}

export function contrastOf(a: string, b: string): number {
  return contrast(parse(a), parse(b));
}

/** Goes towards black or white just as far as it has to. */
function readable(color: Rgb, background: Rgb, towards: Rgb): Rgb {
  for (let share = 0; share < 1; share += 0.02) {
    const mixed = color.map((part, at) => Math.round(part + (towards[at]! - part) * share)) as unknown as Rgb;
    if (contrast(mixed, background) >= ENOUGH) return mixed;
  }
  return towards;
}

function contrast(a: Rgb, b: Rgb): number {
  const [lighter, darker] = [luminance(a), luminance(b)].sort((one, other) => other - one) as [number, number];
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(color: Rgb): number {
  const [red, green, blue] = color.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function parse(hex: string): Rgb {
  const digits = hex.slice(1);
  const long = digits.length === 3 ? [...digits].map((digit) => digit + digit).join('') : digits;
  return [0, 2, 4].map((at) => parseInt(long.slice(at, at + 2), 16)) as unknown as Rgb;
}

function format(color: Rgb): string {
  return `#${color.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}
