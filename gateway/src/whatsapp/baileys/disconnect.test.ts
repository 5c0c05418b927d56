import { describe, expect, it } from 'vitest';
import { disconnectCause } from './disconnect.ts';

describe('why a socket ended', () => {
  const boom = (message: string, statusCode: number) =>
    Object.assign(new Error(message), { output: { statusCode } });

  it('is read from whatever the library gives', () => {
    expect(disconnectCause(boom('Connection Failure', 401))).toEqual({
      code: 401,
      reason: 'Connection Failure',
    });
    expect(disconnectCause(boom('noise certificate signature invalid', 400))).toMatchObject({
      code: null,
      untrustedServer: true,
    });
    expect(disconnectCause(boom('QR refs attempts ended', 408))).toMatchObject({
      code: 408,
      qrExhausted: true,
    });
    expect(disconnectCause(1006)).toEqual({ code: 428, reason: 'connection closed (1006)' });
    expect(disconnectCause(undefined)).toEqual({ code: null, reason: 'connection closed' });
    expect(disconnectCause('text').reason).toBe('text');
  });
});
