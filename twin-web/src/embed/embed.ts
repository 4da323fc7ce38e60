// Adds a chat button to another site: <script src="https://…/embed.js" data-accent="#3366cc" async></script>

(() => {
  const script = document.currentScript as HTMLScriptElement | null;
  if (!script || customElements.get('twin-launcher')) return;
  const { origin } = new URL(script.src);
  const { accent = '', label = 'Chat', side = 'right' } = script.dataset;
  const color = /^#(?:[\da-f]{3}|[\da-f]{6})$/i.test(accent) ? accent : '#2b5fd9';
  const digits = color.length === 4 ? color.replace(/[\da-f]/gi, '$&$&') : color;
  const [red, green, blue] = [1, 3, 5].map((at) => (parseInt(digits.slice(at, at + 2), 16) / 255) ** 2.2) as [
    number,
    number,
    number,
  ];
  // Black text on light colors, white text on dark ones.
  const textColor = 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? '#000' : '#fff';
  const edge = side === 'left' ? 'left' : 'right';

  const css = `
:host{position:fixed;inset:auto;bottom:max(1rem,env(safe-area-inset-bottom));${edge}:1rem;z-index:2147483000;color-scheme:normal}
button{width:3.5rem;height:3.5rem;border:0;border-radius:50%;background:${color};color:${textColor};cursor:pointer;box-shadow:0 4px 20px #0004}
button:focus-visible{outline:3px solid ${color};outline-offset:3px}
svg{width:1.75rem;height:1.75rem;fill:none;stroke:currentColor;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round;vertical-align:middle}
iframe{position:fixed;bottom:5.5rem;${edge}:1rem;width:min(26rem,calc(100vw - 2rem));height:min(42rem,calc(100dvh - 7rem));border:0;border-radius:1rem;box-shadow:0 8px 40px #0005;background:Canvas}
[hidden]{display:none}
@media (max-width:30rem){iframe{inset:0;width:100vw;height:100dvh;border-radius:0}}`;

  const svgNamespace = 'http://www.w3.org/2000/svg';
  const host = document.createElement('twin-launcher');
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  const button = document.createElement('button');
  const icon = document.createElementNS(svgNamespace, 'svg');
  const path = document.createElementNS(svgNamespace, 'path');
  icon.setAttribute('viewBox', '0 0 24 24');
  icon.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', 'M4 5h16v11H11l-5 4v-4H4z');
  button.setAttribute('aria-label', label);
  button.setAttribute('aria-expanded', 'false');
  icon.append(path);
  button.append(icon);
  root.append(button);

  let frame: HTMLIFrameElement | undefined;
  const show = (open: boolean): void => {
    if (open && !frame) {
      frame = document.createElement('iframe');
      frame.title = label;
      frame.allow = 'clipboard-write';
      frame.src = `${origin}/#embed&accent=${encodeURIComponent(accent)}`;
      root.prepend(frame);
    }
    if (frame) frame.hidden = !open;
    button.setAttribute('aria-expanded', String(open));
    (open ? frame : button)?.focus();
  };
  button.addEventListener('click', () => show(!frame || frame.hidden === true));
  addEventListener('message', (event) => {
    if (event.data === 'twin:close' && event.origin === origin && event.source === frame?.contentWindow) show(false);
  });
  // Marks the page, so that including the script again does not add a second button.
  customElements.define('twin-launcher', class extends HTMLElement {});
  const insert = (): void => document.body.append(host);
  if (document.body) insert();
  else addEventListener('DOMContentLoaded', insert);
})();
