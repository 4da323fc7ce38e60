// Readable variants of the accent color that is set in `config.json`.

type Rgb = readonly [number, number, number];

export interface AccentColors {
  readonly fill: string;
  /** Text on the fill color. */
  readonly onFill: string;
  /** Text and lines on the light background. */
  readonly light: string;
  /** Text and lines on the dark background. */
  readonly dark: string;
}

/** The minimum contrast of text in WCAG 2, level AA. */
const MIN_CONTRAST = 4.5;
/** The backgrounds with the lowest contrast, equal to `--sunken` in `page.css`. */
const LIGHT: Rgb = [238, 238, 242];
const DARK: Rgb = [42, 43, 51];
const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];

export function accentColors(hex: string): AccentColors {
  const color = parse(hex);
  return {
    fill: format(color),
    onFill: contrast(color, WHITE) >= MIN_CONTRAST ? '#ffffff' : '#000000',
    light: format(readable(color, LIGHT, BLACK)),
    dark: format(readable(color, DARK, WHITE)),
  };
}

/** Sets the colors through the CSSOM, because the page's content security policy forbids style attributes. */
export function applyAccent(hex: string | undefined): void {
  if (hex === undefined) return;
  const { fill, onFill, light, dark } = accentColors(hex);
  const style = document.documentElement.style;
  style.setProperty('--fill', fill);
  style.setProperty('--on-fill', onFill);
  style.setProperty('--accent-light', light);
  style.setProperty('--accent-dark', dark);
}

export function contrastOf(a: string, b: string): number {
  return contrast(parse(a), parse(b));
}

/** Mixes the color with black or white, as little as is necessary. */
function readable(color: Rgb, background: Rgb, towards: Rgb): Rgb {
  for (let ratio = 0; ratio < 1; ratio += 0.02) {
    const mixed = color.map((channel, at) => Math.round(channel + (towards[at]! - channel) * ratio)) as unknown as Rgb;
    if (contrast(mixed, background) >= MIN_CONTRAST) return mixed;
  }
  return towards;
}

function contrast(a: Rgb, b: Rgb): number {
  const [lighter, darker] = [luminance(a), luminance(b)].sort((one, other) => other - one) as [number, number];
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(color: Rgb): number {
  const [red, green, blue] = color.map((channel) => {
    const value = channel / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function parse(hex: string): Rgb {
  const digits = hex.slice(1);
  const long = digits.length === 3 ? [...digits].map((digit) => digit + digit).join('') : digits;
  return [0, 2, 4].map((at) => parseInt(long.slice(at, at + 2), 16)) as unknown as Rgb;
}

function format(color: Rgb): string {
  return `#${color.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}
