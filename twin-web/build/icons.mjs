// Draws the PNG icons: the two circles of `favicon.svg`. Run it by hand when the drawing changes.

import { writeFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';

const CIRCLES = [
  { x: 12, y: 16, radius: 10, color: [0x2b, 0x5f, 0xd9], opacity: 1 },
  { x: 20, y: 16, radius: 10, color: [0x86, 0xa8, 0xff], opacity: 0.75 },
];
const UNITS = 32;

/** `inset` is a margin that platforms may crop. An icon with a background is opaque. */
function draw(size, inset, background) {
  const rows = Buffer.alloc(size * (size * 4 + 1));
  const scale = (UNITS * (1 + 2 * inset)) / size;
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      let [color, alpha] = background ? [background, 1] : [[0, 0, 0], 0];
      for (const circle of CIRCLES) {
        const distance = Math.hypot(
          (x + 0.5) * scale - UNITS * inset - circle.x,
          (y + 0.5) * scale - UNITS * inset - circle.y,
        );
        const over = Math.min(1, Math.max(0, (circle.radius - distance) / scale + 0.5)) * circle.opacity;
        const sum = over + alpha * (1 - over);
        if (sum > 0) color = color.map((part, at) => (circle.color[at] * over + part * alpha * (1 - over)) / sum);
        alpha = sum;
      }
      rows.set([...color.map(Math.round), Math.round(alpha * 255)], y * (size * 4 + 1) + 1 + x * 4);
    }
  }
  return png(size, rows);
}

function png(size, rows) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const parts = [
    ['IHDR', header],
    ['IDAT', deflateSync(rows, { level: 9 })],
    ['IEND', Buffer.alloc(0)],
  ];
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...parts.map(([name, data]) => chunk(name, data))]);
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

const WHITE = [255, 255, 255];
const ICONS = [
  ['icon-192.png', 192, 0, undefined],
  ['icon-512.png', 512, 0, undefined],
  ['icon-maskable-512.png', 512, 0.2, WHITE],
  ['apple-touch-icon.png', 180, 0.12, WHITE],
];
for (const [name, ...how] of ICONS) writeFileSync(new URL(`../public/${name}`, import.meta.url), draw(...how));
