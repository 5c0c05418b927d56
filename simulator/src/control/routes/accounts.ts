import { z } from 'zod';
import type { Routes } from '../app.ts';
import { bytes } from '../contract/pieces.ts';
import { accountParams, problem } from '../contract/requests.ts';
import { accountView, habitsView } from '../contract/views.ts';
import { describeAccount } from '../describe.ts';
import { Problem } from '../problem.ts';

const name = z.string().min(1).max(100);

const newAccount = z.strictObject({
  number: z
    .string()
    .regex(/^[1-9]\d{4,14}$/, 'is not a phone number in digits')
    .optional()
    .describe('Digits; drawn when absent'),
  lid: z
    .string()
    .regex(/^\d{5,20}$/, 'is not a LID in digits')
    .optional()
    .describe('Digits; drawn when absent'),
  name: name.optional(),
});

const change = z.strictObject({
  name: name.optional(),
  about: z.string().max(139).optional(),
  picture: bytes.nullable().optional().describe('JPEG; null takes it away'),
  online: z.boolean().optional().describe('Shown to whoever asked to be told'),
  habits: habitsView.partial().optional(),
});

const standing = z.strictObject({
  restrictedUntil: z.iso
    .datetime()
    .nullable()
    .optional()
    .describe('Writing to strangers is answered with 463 until then; null lifts it'),
  newChats: z
    .int()
    .min(0)
    .nullable()
    .optional()
    .describe('New chats in 30 days; null is any number'),
  banned: z.boolean().optional().describe('Logins are answered with 403'),
});

/** Accounts and what their owners set. */
export const accountRoutes: Routes = (app, { simulator, feed, account }) => {
  const show = (number: string) => describeAccount(simulator, account(number));

  app.get(
    '/api/accounts',
    {
      schema: {
        tags: ['Accounts'],
        summary: 'List accounts',
        response: { 200: z.object({ accounts: z.array(accountView) }), ...problem },
      },
    },
    () => ({
      accounts: simulator.accounts.all().map((handle) => describeAccount(simulator, handle)),
    }),
  );

  app.post(
    '/api/accounts',
    {
      schema: {
        tags: ['Accounts'],
        summary: 'Create an account with its phone',
        body: newAccount,
        response: { 201: accountView, ...problem },
      },
    },
    async (request, reply) => {
      const { number: phone, lid, name } = request.body;
      const options = {
        ...(phone === undefined ? {} : { phone }),
        ...(lid === undefined ? {} : { lid }),
        ...(name === undefined ? {} : { name }),
      };
      try {
        const created = simulator.accounts.create(options);
        return reply.code(201).send(describeAccount(simulator, created));
      } catch (error) {
        if (error instanceof RangeError) throw new Problem('account_exists', `${error.message}.`);
        throw error;
      }
    },
  );

  app.get(
    '/api/accounts/:number',
    {
      schema: {
        tags: ['Accounts'],
        summary: 'Show an account',
        params: accountParams,
        response: { 200: accountView, ...problem },
      },
    },
    (request) => show(request.params.number),
  );

  app.patch(
    '/api/accounts/:number',
    {
      bodyLimit: 4 * 1024 * 1024,
      schema: {
        tags: ['Accounts'],
        summary: 'Change name, about, picture or habits',
        params: accountParams,
        body: change,
        response: { 200: accountView, ...problem },
      },
    },
    (request) => {
      const handle = account(request.params.number);
      const { name, about, picture, online, habits } = request.body;
      if (name !== undefined) handle.setName(name);
      if (about !== undefined) handle.setAbout(about);
      if (picture !== undefined) handle.setPicture(picture);
      if (online !== undefined) handle.setOnline(online);
      Object.assign(handle.phone.habits, habits);
      feed.accountChanged(handle);
      return show(handle.number);
    },
  );
};

/** What happens to an account rather than what its owner sets. */
export const fateRoutes: Routes = (app, { simulator, feed, account }) => {
  const show = (number: string) => describeAccount(simulator, account(number));

  app.put(
    '/api/accounts/:number/standing',
    {
      schema: {
        tags: ['Accounts'],
        summary: 'Restrict, cap or ban an account',
        description: 'What is absent stays as it is. The linked devices are told.',
        params: accountParams,
        body: standing,
        response: { 200: accountView, ...problem },
      },
    },
    (request) => {
      const handle = account(request.params.number);
      const { restrictedUntil, newChats, banned } = request.body;
      const { standings } = simulator;
      if (restrictedUntil !== undefined) {
        const untilMs = restrictedUntil === null ? null : Date.parse(restrictedUntil);
        standings.restrict(handle.account, untilMs);
      }
      if (newChats !== undefined) standings.setQuota(handle.account, newChats);
      if (banned === true) standings.ban(handle.account);
      if (banned === false) standings.pardon(handle.account);
      feed.accountChanged(handle);
      return show(handle.number);
    },
  );

  app.get(
    '/api/accounts/:number/picture',
    {
      schema: {
        tags: ['Accounts'],
        summary: 'The profile picture',
        params: accountParams,
        querystring: z.object({ v: z.string().optional() }),
      },
    },
    (request, reply) => {
      const handle = account(request.params.number);
      const { picture } = handle.account;
      if (!picture) throw new Problem('picture_not_found', `${handle.number} has no picture.`);
      return reply.type('image/jpeg').send(Buffer.from(picture.image));
    },
  );

  app.post(
    '/api/accounts/:number/reinstall',
    {
      schema: {
        tags: ['Accounts'],
        summary: 'Install WhatsApp anew',
        description: 'The identity changes, linked devices are unlinked, contacts are told.',
        params: accountParams,
        response: { 200: accountView, ...problem },
      },
    },
    (request) => {
      account(request.params.number).reinstall();
      return show(request.params.number);
    },
  );
};
