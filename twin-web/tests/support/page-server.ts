// Serves the built page with the headers of a deployed twin, and passes calls of the API to a backend.

import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

const DIST = join(import.meta.dirname, '../../dist');
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
};
const CONTENT_SECURITY_POLICY = [
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

export interface PageServer {
  readonly url: string;
  /** The text of `config.json`. If undefined, the file does not exist. */
  config: string | undefined;
  /** The sites that may frame the page. */
  frameAncestors: string;
  /** Files in addition to those of the build, by path. */
  readonly extraFiles: Map<string, string>;
  close(): Promise<void>;
}

export async function startPageServer(backendUrl: string): Promise<PageServer> {
  const extraFiles = new Map<string, string>();
  const settings = { config: undefined as string | undefined, frameAncestors: "'self'" };
  const server = createServer((incoming, response) => {
    const path = new URL(incoming.url ?? '/', 'http://page').pathname;
    if (path.startsWith('/api/')) return forward(backendUrl, incoming, response);
    const policy = [...CONTENT_SECURITY_POLICY, `frame-ancestors ${settings.frameAncestors}`];
    response.setHeader('content-security-policy', policy.join('; '));
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('referrer-policy', 'strict-origin-when-cross-origin');
    const text = path === '/config.json' ? settings.config : extraFiles.get(path);
    if (text !== undefined) return sendText(response, path, text);
    sendFile(path, response);
  });
  const url = await listen(server);
  return Object.assign(settings, { url, extraFiles, close: () => close(server) });
}

export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

function sendText(response: ServerResponse, path: string, text: string): void {
  response.setHeader('content-type', CONTENT_TYPES[extname(path)] ?? 'text/html; charset=utf-8');
  response.setHeader('cache-control', 'no-cache');
  response.end(text);
}

function sendFile(path: string, response: ServerResponse): void {
  const requested = join(DIST, path === '/' ? 'index.html' : path);
  const exists = requested.startsWith(DIST) && existsSync(requested) && statSync(requested).isFile();
  const file = exists ? requested : join(DIST, '404.html');
  response.statusCode = exists ? 200 : 404;
  response.setHeader('content-type', CONTENT_TYPES[extname(file)] ?? 'application/octet-stream');
  response.setHeader('cache-control', path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
  createReadStream(file).pipe(response);
}

function forward(backendUrl: string, incoming: IncomingMessage, response: ServerResponse): void {
  const outgoing = request(
    new URL(incoming.url ?? '/', backendUrl),
    { method: incoming.method, headers: incoming.headers },
    (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(response);
      reply.on('error', () => response.destroy());
    },
  );
  outgoing.on('error', () => response.destroy());
  // When the browser closes the connection, close the one to the backend too.
  response.on('close', () => outgoing.destroy());
  incoming.pipe(outgoing);
}
