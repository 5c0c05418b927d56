import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { startService } from './support/service.ts';

const inDocs = (name: string) => readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
const METRIC = /\bgateway_[a-z0-9_]+/g;

it('every metric that dashboard and guide name exists', async () => {
  const service = await startService();
  try {
    await service.call('GET', '/health');
    const { text } = await service.call('GET', '/metrics');
    const offered = new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name));
    const named = ['monitoring/grafana-dashboard.json', 'operations.md'].map(inDocs);
    const metrics = (await Promise.all(named)).flatMap((file) => file.match(METRIC) ?? []);
    expect(metrics.length).toBeGreaterThan(20);
    const missing = metrics.filter((name) => !offered.has(name.replace(/_bucket$/, '')));
    expect(missing).toEqual([]);
  } finally {
    await service.stop();
  }
});
