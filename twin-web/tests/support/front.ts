// A front door as visitors meet it: the built page with the headers that it is served with, and the API behind it.

import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

const DIST = join(import.meta.dirname, '../../dist');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
};
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
];

export interface Front {
  readonly url: string;
  /** What `config.json` says; none is a 404. */
  config: string | undefined;
  /** Who may frame the page. */
  ancestors: string;
  /** Files beside those of the build. */
  readonly extra: Map<string, string>;
  close(): Promise<void>;
}

/** `backend` is where the API answers. */
export async function startFront(backend: string): Promise<Front> {
  const extra = new Map<string, string>();
  const settings = { config: undefined as string | undefined, ancestors: "'self'" };
  const server = createServer((incoming, answer) => {
    const path = new URL(incoming.url ?? '/', 'http://front').pathname;
    if (path.startsWith('/api/')) return pass(backend, incoming, answer);
    answer.setHeader('content-security-policy', [...POLICY, `frame-ancestors ${settings.ancestors}`].join('; '));
    answer.setHeader('x-content-type-options', 'nosniff');
    answer.setHeader('referrer-policy', 'strict-origin-when-cross-origin');
    const text = path === '/config.json' ? settings.config : extra.get(path);
    if (text !== undefined) return send(answer, path, text);
    file(path, answer);
  });
  const url = await listen(server);
  return Object.assign(settings, { url, extra, close: () => close(server) });
}

export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

function send(answer: ServerResponse, path: string, text: string): void {
  answer.setHeader('content-type', TYPES[extname(path)] ?? 'text/html; charset=utf-8');
  answer.setHeader('cache-control', 'no-cache');
  answer.end(text);
}

function file(path: string, answer: ServerResponse): void {
  const wanted = join(DIST, path === '/' ? 'index.html' : path);
  const found = wanted.startsWith(DIST) && existsSync(wanted) && statSync(wanted).isFile();
  const shown = found ? wanted : join(DIST, '404.html');
  answer.statusCode = found ? 200 : 404;
  answer.setHeader('content-type', TYPES[extname(shown)] ?? 'application/octet-stream');
  answer.setHeader('cache-control', path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
  createReadStream(shown).pipe(answer);
}

function pass(backend: string, incoming: IncomingMessage, answer: ServerResponse): void {
  const outgoing = request(
    new URL(incoming.url ?? '/', backend),
    { method: incoming.method, headers: incoming.headers },
    (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(answer);
      reply.on('error', () => answer.destroy());
    },
  );
  outgoing.on('error', () => answer.destroy());
  // A visitor who leaves is gone for the backend too.
  answer.on('close', () => outgoing.destroy());
  incoming.pipe(outgoing);
}
