import { z } from 'zod';

/** What a customer's browser would do, straight over HTTP. */
export interface SignInAnswer {
  readonly status: number;
  readonly sessionToken: string | null;
  readonly resetRequired: boolean | null;
}

const loginReply = z.object({ session_token: z.string(), password_reset_required: z.boolean() });
const passwordReply = z.object({ session_token: z.string() });

async function post(url: string, body: unknown, token?: string): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });
}

/** Signs in. */
export async function signIn(baseUrl: string, email: string, password: string): Promise<SignInAnswer> {
  const answer = await post(`${baseUrl}/auth/login`, { email, password });
  if (answer.status !== 200) return { status: answer.status, sessionToken: null, resetRequired: null };
  const body = loginReply.parse(await answer.json());
  return { status: 200, sessionToken: body.session_token, resetRequired: body.password_reset_required };
}

/** GET /me: the status, and whose session it is. */
export async function whoAmI(baseUrl: string, sessionToken: string): Promise<{ readonly status: number; readonly code: string | null; readonly email: string | null }> {
  const answer = await fetch(`${baseUrl}/me`, { headers: { authorization: `Bearer ${sessionToken}` } });
  const body = z.object({ code: z.string().optional(), email: z.string().optional() }).parse(await answer.json());
  return { status: answer.status, code: body.code ?? null, email: body.email ?? null };
}

/** Sets a new password on a session held at the reset; gives the fresh session. */
export async function setPassword(baseUrl: string, sessionToken: string, newPassword: string): Promise<{ readonly status: number; readonly sessionToken: string | null }> {
  const answer = await post(`${baseUrl}/auth/password`, { new_password: newPassword }, sessionToken);
  if (answer.status !== 200) return { status: answer.status, sessionToken: null };
  return { status: 200, sessionToken: passwordReply.parse(await answer.json()).session_token };
}
