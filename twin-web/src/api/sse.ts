// Server-sent events out of a stream of bytes, however they are cut.

export interface ServerEvent {
  readonly event: string;
  readonly data: string;
}

/** No event of ours is nearly that long. */
const LONGEST = 1 << 20;

export async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let buffer = '';
  let event = '';
  let data: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      buffer += decoder.decode(value, { stream: true });
      let from = 0;
      // A carriage return at the end may be the first half of a line's end.
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
      if (buffer.length > LONGEST) return;
    }
  } finally {
    // Whoever stops listening ends the answer as well.
    void reader.cancel().catch(() => {});
  }
}

function lineEnd(text: string, from: number): number {
  const feed = text.indexOf('\n', from);
  const back = text.indexOf('\r', from);
  if (back < 0 || back === text.length - 1) return feed;
  return feed < 0 ? back : Math.min(feed, back);
}
