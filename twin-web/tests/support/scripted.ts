// A backend that does as it is told: answers slowly, in pieces, wrongly or not at all.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { close, listen, startFront, type Front } from './front.ts';

export interface Stored {
  readonly role: 'user' | 'assistant';
  readonly content: string;
  readonly timestamp: string;
}

export interface Asked {
  readonly message: string;
  readonly session_id: string;
  readonly stream: boolean;
}

type Reply = (asked: Asked, answer: ServerResponse, backend: Scripted) => void | Promise<void>;

export class Scripted {
  /** What the next questions get; after these, `usual`. */
  readonly replies: Reply[] = [];
  usual: Reply = whole('All is well.');
  readonly asked: Asked[] = [];
  readonly memory = new Map<string, Stored[]>();
  /** Answers to calls of the history, instead of the memory. */
  history: ((answer: ServerResponse) => void) | undefined;
  front!: Front;
  private readonly server = createServer((incoming, answer) => void this.respond(incoming, answer));

  static async start(): Promise<Scripted> {
    const scripted = new Scripted();
    scripted.front = await startFront(await listen(scripted.server));
    return scripted;
  }

  async stop(): Promise<void> {
    await this.front.close();
    await close(this.server);
  }

  remember({ message, session_id }: Asked, response: string): string {
    const timestamp = new Date().toISOString();
    const said = this.memory.get(session_id) ?? [];
    this.memory.set(session_id, [
      ...said,
      { role: 'user', content: message, timestamp },
      { role: 'assistant', content: response, timestamp },
    ]);
    return timestamp;
  }

  private async respond(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const id = /^\/api\/chat\/history\/([^/]+)$/.exec(incoming.url ?? '')?.[1];
    if (id !== undefined) {
      if (this.history) return this.history(answer);
      if (incoming.method === 'DELETE') this.memory.delete(id);
      return json(answer, incoming.method === 'DELETE' ? 204 : 200, { messages: this.memory.get(id) ?? [] });
    }
    let body = '';
    for await (const piece of incoming) body += piece;
    const asked = JSON.parse(body) as Asked;
    this.asked.push(asked);
    await (this.replies.shift() ?? this.usual)(asked, answer, this);
  }
}

export function json(
  answer: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  answer.writeHead(status, { 'content-type': 'application/json', ...headers });
  answer.end(status === 204 ? undefined : JSON.stringify(body));
}

/** A whole answer, as from a backend that cannot stream. */
export function whole(response: string, after = 0): Reply {
  return async (asked, answer, backend) => {
    await pause(after);
    json(answer, 200, { response, session_id: asked.session_id, timestamp: backend.remember(asked, response) });
  };
}

/** An answer in pieces with a pause between them. */
export function streamed(pieces: readonly string[], between = 10): Reply {
  return async (asked, answer, backend) => {
    begin(answer, asked);
    for (const delta of pieces) {
      await pause(between);
      if (answer.destroyed) return;
      answer.write(event('token', { delta }));
    }
    const response = pieces.join('');
    answer.end(event('done', { response, session_id: asked.session_id, timestamp: backend.remember(asked, response) }));
  };
}

/** The connection breaks after the pieces; the answer may have been remembered all the same. */
export function broken(pieces: readonly string[], remembered?: string): Reply {
  return async (asked, answer, backend) => {
    begin(answer, asked);
    for (const delta of pieces) answer.write(event('token', { delta }));
    await pause(100);
    if (remembered !== undefined) backend.remember(asked, remembered);
    answer.destroy();
  };
}

export function refused(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return (_asked, answer) => json(answer, status, body, headers);
}

export function never(): Reply {
  return () => {};
}

function begin(answer: ServerResponse, asked: Asked): void {
  answer.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
  answer.write(event('session', { session_id: asked.session_id }));
}

export function event(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
