import { proto } from 'baileys';
import type { MessageCodec } from '../port.ts';
import { plainContent } from './wire-message.ts';

/** Reads kept protobufs with the library's own schema. */
export const messageCodec: MessageCodec = {
  decode(encoded) {
    try {
      return plainContent(proto.Message.decode(encoded));
    } catch {
      return null;
    }
  },
};
