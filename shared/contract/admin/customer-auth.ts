import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { noBody, noParams, noQuery } from './wire.ts';

/** What customers call. The operator's validation of a test run signs in through these as the customer would (N5). */
export const login = endpoint({
  name: 'login',
  method: 'POST',
  path: '/auth/login',
  summary: 'Sign in with an e-mail address and a password.',
  access: 'none',
  flagGated: false,
  params: noParams,
  query: noQuery,
  body: z.strictObject({
    email: z.string().max(1024),
    password: z.string().max(1024),
    validation_key: z.string().min(16).max(128).optional(),
  }),
  status: 200,
  reply: z.object({ session_token: z.string(), password_reset_required: z.boolean() }),
  problems: ['invalid_credentials', 'too_many_attempts'],
});

/** Where a migration confirms by e-mail, the temporary password has a one-time link sent, and only its token opens the reset. */
export const confirmSignIn = endpoint({
  name: 'confirmSignIn',
  method: 'POST',
  path: '/auth/confirm',
  summary: 'Open the reset with the token of the one-time link that was sent by e-mail.',
  access: 'none',
  flagGated: false,
  params: noParams,
  query: noQuery,
  body: z.strictObject({ token: z.string().min(16).max(128) }),
  status: 200,
  reply: z.object({ session_token: z.string(), password_reset_required: z.boolean() }),
  problems: ['invalid_credentials', 'too_many_attempts'],
});

export const setPassword = endpoint({
  name: 'setPassword',
  method: 'POST',
  path: '/auth/password',
  summary: 'Set a new password; only a session that is held at the reset may.',
  access: 'session',
  flagGated: false,
  params: noParams,
  query: noQuery,
  body: z.strictObject({ new_password: z.string().max(1024) }),
  status: 200,
  reply: z.object({ session_token: z.string() }),
  problems: ['password_policy', 'password_reset_not_open', 'too_many_attempts'],
});

export const logout = endpoint({
  name: 'logout',
  method: 'POST',
  path: '/auth/logout',
  summary: 'End the session.',
  access: 'session',
  flagGated: false,
  params: noParams,
  query: noQuery,
  body: noBody,
  status: 204,
  reply: z.undefined(),
});

export const me = endpoint({
  name: 'me',
  method: 'GET',
  path: '/me',
  summary: 'Who is signed in.',
  access: 'session',
  flagGated: false,
  params: noParams,
  query: noQuery,
  body: noBody,
  status: 200,
  reply: z.object({ user_id: z.string(), email: z.string(), full_name: z.string() }),
  problems: ['password_reset_required'],
});
