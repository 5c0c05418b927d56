import type { Random } from '../kernel/random.ts';

/** The form that WhatsApp Web clients use: `3EB0` and 9 bytes of chance in capital hex digits. */
export const newMessageId = (random: Random): string =>
  `3EB0${Buffer.from(random.bytes(9)).toString('hex').toUpperCase()}`;
