// A backend whose responses the test determines. Nothing in it depends on time.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { close, listen, startPageServer, type PageServer } from './page-server.ts';

export interface StoredMessage {
  readonly role: 'user' | 'assistant';
  readonly content: string;
  readonly timestamp: string;
  readonly turn?: string | undefined;
  readonly stopped?: boolean;
  readonly summary?: string;
}

export interface StopRequest {
  readonly session_id: string;
  readonly turn: string;
  readonly shown: number;
}

export interface ChatRequest {
  readonly message: string;
  readonly session_id: string;
  readonly stream: boolean;
  readonly turn?: string;
  readonly replaces?: readonly string[];
}

type Reply = (request: ChatRequest, response: ServerResponse, backend: ScriptedBackend) => void | Promise<void>;

export class ScriptedBackend {
  /** The replies to the next questions. Later ones get `defaultReply`. */
  readonly replies: Reply[] = [];
  defaultReply: Reply = answer('All is well.');
  /** The questions so far. */
  readonly requests: ChatRequest[] = [];
  /** The turns that were stopped. */
  readonly stops: StopRequest[] = [];
  /** The conversations that were deleted. */
  readonly deletions: string[] = [];
  /** Whether stops are answered with 404. */
  refusesStops = false;
  /** Resolves when stops are answered. */
  stopReply: Promise<void> = Promise.resolve();
  /** The stored conversations, by session ID. */
  readonly memory = new Map<string, StoredMessage[]>();
  /** Responds to calls of the history in place of the stored conversations. */
  historyReply: ((response: ServerResponse) => void) | undefined;
  pageServer!: PageServer;
  private readonly server = createServer((incoming, response) => void this.respond(incoming, response));

  static async start(): Promise<ScriptedBackend> {
    const backend = new ScriptedBackend();
    backend.pageServer = await startPageServer(await listen(backend.server));
    return backend;
  }

  async stop(): Promise<void> {
    await this.pageServer.close();
    await close(this.server);
  }

  /** Stores a question with its answer, in place of the turns that it replaces. Returns the time of both. */
  remember({ message, session_id, turn, replaces = [] }: ChatRequest, response: string): string {
    const timestamp = new Date().toISOString();
    const stored = this.memory.get(session_id) ?? [];
    this.memory.set(session_id, [
      ...stored.filter((message) => message.turn === undefined || !replaces.includes(message.turn)),
      { role: 'user', content: message, timestamp, turn },
      { role: 'assistant', content: response, timestamp, turn },
    ]);
    for (const stop of this.stops) this.cut(stop);
    return timestamp;
  }

  /** Cuts the answer of a stopped turn. Returns whether it is stored. */
  private cut({ session_id, turn, shown }: StopRequest): boolean {
    const stored = this.memory.get(session_id) ?? [];
    const isAnswer = (message: StoredMessage): boolean => message.turn === turn && message.role === 'assistant';
    const cutAnswer = (message: StoredMessage): StoredMessage => ({
      ...message,
      content: [...message.content].slice(0, shown).join('') || '…',
      stopped: true,
    });
    this.memory.set(
      session_id,
      stored.map((message) => (isAnswer(message) ? cutAnswer(message) : message)),
    );
    return stored.some(isAnswer);
  }

  /** Stores a question with its answer only after the next read of the history, so that this read does not see them. */
  rememberAfterNextRead(request: ChatRequest, text: string): void {
    this.historyReply = (response) => {
      this.historyReply = undefined;
      json(response, 200, { messages: this.memory.get(request.session_id) ?? [] });
      this.remember(request, text);
    };
  }

  /** Makes the next question wait for an answer that the test sends part by part. */
  streamNextAnswer(): StreamedAnswer {
    const streamed = new StreamedAnswer();
    this.replies.push((request, response) => streamed.connect(request, response, this));
    return streamed;
  }

  private async respond(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = /^\/api\/chat\/history\/([^/]+)$/.exec(incoming.url ?? '')?.[1];
    if (id !== undefined) {
      if (this.historyReply) return this.historyReply(response);
      if (incoming.method === 'DELETE') {
        this.deletions.push(id);
        this.memory.delete(id);
      }
      return json(response, incoming.method === 'DELETE' ? 204 : 200, { messages: this.memory.get(id) ?? [] });
    }
    let body = '';
    for await (const chunk of incoming) body += chunk;
    if (incoming.url === '/api/chat/stop') {
      const stop = JSON.parse(body) as StopRequest;
      this.stops.push(stop);
      if (this.refusesStops) return json(response, 404, { detail: 'Not Found' });
      const isStored = this.cut(stop);
      await this.stopReply;
      response.writeHead(isStored ? 204 : 202).end();
      return;
    }
    const request = JSON.parse(body) as ChatRequest;
    this.requests.push(request);
    await (this.replies.shift() ?? this.defaultReply)(request, response, this);
  }
}

interface Connection {
  readonly request: ChatRequest;
  readonly response: ServerResponse;
  readonly backend: ScriptedBackend;
}

/** An answer that the test sends part by part. Its methods wait until the question has arrived. */
export class StreamedAnswer {
  private text = '';
  private resolveConnection!: (connection: Connection) => void;
  private resolveAborted!: () => void;
  private readonly connected = new Promise<Connection>((resolve) => {
    this.resolveConnection = resolve;
  });
  /** Resolves when the page closes the connection before the answer is complete. */
  readonly aborted = new Promise<void>((resolve) => {
    this.resolveAborted = resolve;
  });

  connect(request: ChatRequest, response: ServerResponse, backend: ScriptedBackend): void {
    response.on('close', () => {
      if (!response.writableFinished) this.resolveAborted();
    });
    this.resolveConnection({ request, response, backend });
  }

  async send(...parts: readonly string[]): Promise<void> {
    const { request, response } = await this.connected;
    if (!response.headersSent) beginStream(request, response);
    for (const delta of parts) {
      this.text += delta;
      response.write(event('token', { delta }));
    }
  }

  /** Sends more parts, and completes the answer. */
  async finish(...parts: readonly string[]): Promise<void> {
    await this.send(...parts);
    const { request, response, backend } = await this.connected;
    const timestamp = backend.remember(request, this.text);
    response.end(event('done', { response: this.text, session_id: request.session_id, timestamp }));
  }

  /** Breaks the connection. */
  async disconnect(): Promise<void> {
    (await this.connected).response.destroy();
  }
}

/** A complete answer in one JSON document, as from a backend that cannot stream. */
export function answer(text: string): Reply {
  return (request, response, backend) =>
    json(response, 200, {
      response: text,
      session_id: request.session_id,
      timestamp: backend.remember(request, text),
    });
}

export function refuse(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return (_request, response) => json(response, status, body, headers);
}

export function neverReply(): Reply {
  return () => {};
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(status === 204 ? undefined : JSON.stringify(body));
}

/** Formats a server-sent event. */
export function event(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

function beginStream(request: ChatRequest, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
  response.write(event('session', { session_id: request.session_id }));
}
