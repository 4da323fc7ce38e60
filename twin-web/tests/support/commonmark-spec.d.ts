// Types of the package `commonmark-spec`, which has none.

declare module 'commonmark-spec' {
  export const tests: readonly { markdown: string; html: string; section: string; number: number }[];
}
