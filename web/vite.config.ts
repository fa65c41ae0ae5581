import { defineConfig } from 'vite';

// The page is served by `glimpse serve` from its own origin under the policy "default-src 'self'; img-src 'self' data:
// blob:; style-src 'self'". So nothing is inlined into index.html, and the browser loads only files of this build.
export default defineConfig({
  base: '/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  // `npm run dev` talks to a program started beside it.
  server: { proxy: { '/api': 'http://127.0.0.1:3000' } },
});
