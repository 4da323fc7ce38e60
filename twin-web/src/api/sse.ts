// Parses server-sent events.

export interface ServerEvent {
  readonly event: string;
  readonly data: string;
}

/** Limits the memory that a broken stream can use. Far longer than any event of the API. */
const MAX_LENGTH = 1 << 20;

/** Calls `onData` for each chunk, which may contain only a comment. */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  onData: () => void = () => {},
): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let buffer = '';
  let event = '';
  let data: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onData();
      buffer += decoder.decode(value, { stream: true });
      let from = 0;
      // `lineEnd` skips a carriage return at the end of the buffer: a line feed may follow in the next chunk.
      for (let end; (end = lineEnd(buffer, from)) >= 0;) {
        const line = buffer.slice(from, end);
        from = end + (buffer[end] === '\r' && buffer[end + 1] === '\n' ? 2 : 1);
        if (line === '') {
          if (data.length > 0) yield { event, data: data.join('\n') };
          [event, data] = ['', []];
        } else if (line.startsWith('event:')) event = line.slice(6).trim();
        else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''));
      }
      buffer = buffer.slice(from);
      if (buffer.length > MAX_LENGTH) return;
    }
  } finally {
    // Closes the connection when the consumer stops early, so that the backend stops too.
    void reader.cancel().catch(() => {});
  }
}

function lineEnd(text: string, from: number): number {
  const feed = text.indexOf('\n', from);
  const back = text.indexOf('\r', from);
  if (back < 0 || back === text.length - 1) return feed;
  return feed < 0 ? back : Math.min(feed, back);
}
