import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const box = process.env.GALE_BOX ?? 'http://127.0.0.1:7001';

export default defineConfig({
	plugins: [react()],
	build: {
		target: 'es2022',
		assetsInlineLimit: 0, // the content security policy has no data: scripts or styles
		chunkSizeWarningLimit: 1000,
	},
	server: { proxy: { '^/chaos/[A-Za-z]+$': box, '/gale/v1': box } },
	// a busy machine takes its time
	test: { include: ['src/**/*.test.{ts,tsx}'], testTimeout: 60000, hookTimeout: 60000 },
});
