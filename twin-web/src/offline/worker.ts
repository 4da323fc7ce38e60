// Serves the page's own files when there is no connection; it never touches the API.

/// <reference lib="webworker" />

(() => {
  const worker = self as unknown as ServiceWorkerGlobalScope;
  // The build fills these in.
  const version = '__VERSION__';
  const files: readonly string[] = JSON.parse('__FILES__');
  const shell = '/index.html';
  const patience = 4_000;

  const put = async (request: RequestInfo, answer: Response): Promise<Response> => {
    if (answer.ok) await (await caches.open(version)).put(request, answer.clone());
    return answer;
  };
  const network = async (request: Request, kept: RequestInfo): Promise<Response> => {
    try {
      return await put(kept, await fetch(request, { signal: AbortSignal.timeout(patience) }));
    } catch (error) {
      const found = await caches.match(kept);
      if (found) return found;
      throw error;
    }
  };

  worker.addEventListener('install', (event) => {
    event.waitUntil(
      caches
        .open(version)
        .then((cache) => cache.addAll([...files]))
        .then(() => worker.skipWaiting()),
    );
  });
  worker.addEventListener('activate', (event) => {
    const old = caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== version).map((name) => caches.delete(name))));
    event.waitUntil(old.then(() => worker.clients.claim()));
  });
  worker.addEventListener('fetch', (event) => {
    const { request } = event;
    const { origin, pathname } = new URL(request.url);
    if (request.method !== 'GET' || origin !== worker.location.origin) return;
    if (request.mode === 'navigate' && pathname === '/') event.respondWith(network(request, shell));
    else if (pathname.startsWith('/assets/'))
      event.respondWith(caches.match(request).then((found) => found ?? fetch(request)));
    else if (pathname === '/config.json' || files.includes(pathname)) event.respondWith(network(request, pathname));
  });
})();
