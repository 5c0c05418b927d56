import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where `whatsapp-simulator` listens while the page is worked on with `vite`. */
const SIMULATOR = 'http://127.0.0.1:4000';

export default defineConfig({
  root: 'web',
  // Relative paths: the page works under any prefix.
  base: './',
  plugins: [react()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // Inlined files would be data: URLs, which the page's own policy forbids for scripts and styles.
    assetsInlineLimit: 0,
    target: 'es2022',
  },
  server: {
    proxy: { '/api': { target: SIMULATOR, headers: { origin: SIMULATOR }, changeOrigin: true } },
  },
});
