const SESSION = "twin-session";
const talk = document.querySelector("#talk");
const form = document.querySelector("form");
const input = form.elements.message;
const send = form.querySelector("button");

function say(role, text) {
  const line = document.createElement("p");
  line.className = role;
  line.textContent = text;
  talk.append(line);
  talk.scrollTop = talk.scrollHeight;
  return line;
}

// The twin answers errors with `detail`, the gateway in front of it with `message`.
async function call(path, options) {
  const response = await fetch(path, options);
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  const reason = body.detail ?? body.message;
  throw new Error(typeof reason === "string" ? reason : `The twin answered ${response.status}.`);
}

function ask(message) {
  const session_id = localStorage.getItem(SESSION) ?? undefined;
  return call("/api/chat", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ message, session_id }),
  });
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const message = input.value.trim();
  if (!message || send.disabled) return;
  send.disabled = true;
  input.value = "";
  say("user", message);
  const waiting = say("assistant waiting", "…");
  try {
    const { response, session_id } = await ask(message);
    localStorage.setItem(SESSION, session_id);
    say("assistant", response);
  } catch (error) {
    say("wrong", error instanceof TypeError ? "The twin cannot be reached. Are you online?" : error.message);
    if (!input.value) input.value = message;
  } finally {
    waiting.remove();
    send.disabled = false;
    input.focus();
  }
});

async function resume() {
  const session = localStorage.getItem(SESSION);
  if (!session) return;
  const { messages } = await call(`/api/chat/history/${encodeURIComponent(session)}`);
  for (const { role, content } of messages) say(role === "user" ? "user" : "assistant", content);
}

// A conversation that cannot be shown again is no reason not to begin another.
resume().catch(() => {});
