import { describe, expect, it } from 'vitest';
import { checkNumbers } from './check.ts';

const ask = (inputs: string[]) => {
  const asked: string[][] = [];
  const check = async (_key: number, phones: readonly string[]) => {
    asked.push([...phones]);
    return phones.map((phone) => ({
      phone,
      chatId: phone.startsWith('55') ? '556199998888@s.whatsapp.net' : null,
      lid: phone.startsWith('55') ? '777@lid' : null,
      checkedAtMs: 0,
    }));
  };
  return checkNumbers({ check }, 1, inputs).then((answers) => ({ answers, asked }));
};

describe('checkNumbers', () => {
  it('answers in order, in the spelling of WhatsApp, and asks about numbers only', async () => {
    const { answers, asked } = await ask(['+55 61 99999-8888', '12025550100', 'Ana', '123@g.us']);
    expect(answers).toMatchObject([
      {
        input: '+55 61 99999-8888',
        exists: true,
        chatId: '556199998888@s.whatsapp.net',
        phone: '556199998888',
        lid: '777@lid',
        error: null,
      },
      { input: '12025550100', exists: false, chatId: null, phone: null, error: null },
      { input: 'Ana', exists: false, error: expect.stringContaining('not a phone number') },
      { input: '123@g.us', exists: false, error: expect.any(String) },
    ]);
    expect(asked).toEqual([['5561999998888', '12025550100']]);
  });

  it('asks nobody when there is no number', async () => {
    expect((await ask(['Ana'])).asked).toEqual([]);
  });
});
