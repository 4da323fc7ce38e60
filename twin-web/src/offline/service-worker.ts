// The service worker: serves the page's own files when there is no connection. It never handles calls to the API.

/// <reference lib="webworker" />

(() => {
  const worker = self as unknown as ServiceWorkerGlobalScope;
  // `build/service-worker.ts` replaces these placeholders.
  const cacheName = '__VERSION__';
  const files: readonly string[] = JSON.parse('__FILES__');
  const indexPath = '/index.html';
  /** After this time, in milliseconds, the cached file is served. */
  const networkTimeout = 4_000;

  const store = async (key: RequestInfo, response: Response): Promise<Response> => {
    if (response.ok) await (await caches.open(cacheName)).put(key, response.clone());
    return response;
  };
  const networkFirst = async (request: Request, key: RequestInfo): Promise<Response> => {
    try {
      return await store(key, await fetch(request, { signal: AbortSignal.timeout(networkTimeout) }));
    } catch (error) {
      const cached = await caches.match(key);
      if (cached) return cached;
      throw error;
    }
  };

  worker.addEventListener('install', (event) => {
    event.waitUntil(
      caches
        .open(cacheName)
        .then((cache) => cache.addAll([...files]))
        .then(() => worker.skipWaiting()),
    );
  });
  worker.addEventListener('activate', (event) => {
    const deleteOldCaches = caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== cacheName).map((name) => caches.delete(name))));
    event.waitUntil(deleteOldCaches.then(() => worker.clients.claim()));
  });
  worker.addEventListener('fetch', (event) => {
    const { request } = event;
    const { origin, pathname } = new URL(request.url);
    if (request.method !== 'GET' || origin !== worker.location.origin) return;
    if (request.mode === 'navigate' && pathname === '/') event.respondWith(networkFirst(request, indexPath));
    // Names in `assets` contain a hash of the content, so a cached file is always current.
    else if (pathname.startsWith('/assets/'))
      event.respondWith(caches.match(request).then((cached) => cached ?? fetch(request)));
    else if (pathname === '/config.json' || files.includes(pathname))
      event.respondWith(networkFirst(request, pathname));
  });
})();
