// The types of `import.meta.env` and of imported assets.

/// <reference types="vite/client" />
