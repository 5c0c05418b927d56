import { describe, expect, it } from 'vitest';
import { configTable, describeConfig, readConfig } from './config.ts';

const read = (env: Record<string, string>) => {
  const result = readConfig(env);
  if (!result.ok) throw new Error(result.errors.join('; '));
  return result.config;
};

describe('readConfig', () => {
  it('has the documented defaults', () => {
    const config = read({});
    expect(config).toMatchObject({
      port: 3000,
      host: '0.0.0.0',
      logLevel: 'info',
      production: false,
      webhooks: { messagesUrl: null, statusUrl: null, user: '', password: '' },
      whatsapp: { url: 'wss://web.whatsapp.com/ws/chat', rootKey: null, simulated: false },
    });
    expect(config.dataDir).toMatch(/data[/\\]sessions$/);
  });

  it('reads a simulator and its root key', () => {
    const config = read({
      WHATSAPP_URL: 'ws://127.0.0.1:4000/ws/chat',
      WHATSAPP_ROOT_KEY: 'ab'.repeat(32),
    });
    expect(config.whatsapp.simulated).toBe(true);
    expect(config.whatsapp.rootKey).toHaveLength(32);
  });

  it.each([
    [{ PORT: 'abc' }, 'PORT: must be a number from 0 to 65535'],
    [{ PORT: '70000' }, 'PORT: must be a number from 0 to 65535'],
    [{ PORT: '80.5' }, 'PORT: must be a whole number'],
    [{ EVENT_RETENTION_DAYS: 'x' }, 'EVENT_RETENTION_DAYS: must be a number from 0.01 to 3650'],
    [{ HISTORY_SYNC: '0' }, 'must be off, names or a number of days from 1 to 9999'],
    [{ HISTORY_SYNC: '36500' }, 'must be off, names or a number of days from 1 to 9999'],
    [{ WEBHOOK_URL: 'ftp://example.com' }, 'WEBHOOK_URL'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL'],
    [{ WHATSAPP_URL: 'http://127.0.0.1' }, 'WHATSAPP_URL'],
    [{ WHATSAPP_ROOT_KEY: 'zz' }, 'WHATSAPP_ROOT_KEY'],
    [{ WHATSAPP_ROOT_KEY: 'ab'.repeat(32) }, 'WHATSAPP_ROOT_KEY'],
  ])('refuses %o and names %s', (env, name) => {
    const result = readConfig(env);
    expect(result.ok).toBe(false);
    expect(!result.ok && result.errors.join()).toContain(name);
  });
});

describe('describeConfig', () => {
  it('shows every variable but no secret', () => {
    const text = describeConfig({ WEBHOOK_PASSWORD: 'hunter2', PORT: '8080' });
    expect(text).toContain('= 8080');
    expect(text).not.toContain('hunter2');
    for (const { name } of configTable()) expect(text).toContain(name);
  });
});
