import { hash } from 'node:crypto';
import type { z } from 'zod';
import { type Endpoint, needsIdempotencyKey } from '../../shared/contract/admin/endpoint.ts';
import type { Migration } from '../../shared/contract/admin/migrations.ts';
import type { AdminSession } from '../../shared/contract/admin/session.ts';
import { problemMediaType, problemSchema } from '../../shared/contract/admin/problem.ts';
import { requestPath } from '../admin-api/request-path.ts';
import type { MadeUpPeople } from './made-up-people.ts';
import { createRawHttp, type RawAnswer, type RawHttp, withoutQuery } from './raw-http.ts';
import { Broken, NotChecked, type Verdicts } from './verdicts.ts';

/** Whose token a call goes out with: one of those the trial was given, a customer's session, or none. */
export type As = 'operator' | 'approver' | 'reader' | 'nobody' | { readonly session: string };

/** What goes with a call. Left out: no params, no query, no body, the operator's token, a fresh key where one is due. */
export type Sent = {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON, whatever it is: also what the contract would refuse. */
  readonly body?: unknown;
  /** Sent as it is. */
  readonly raw?: { readonly type: string; readonly text: string };
  readonly as?: As;
  /** Null: no key at all. */
  readonly key?: string | null;
};

export type Tokens = { readonly operator: string; readonly approver?: string | undefined; readonly reader?: string | undefined };

/** One trial of an admin API: who asks, about what, and the verdicts so far. */
export interface Trial {
  readonly verdicts: Verdicts;
  readonly http: RawHttp;
  readonly people: MadeUpPeople;
  readonly migration: Migration;
  readonly session: AdminSession;
  /** Undefined where no approver's token was given. */
  readonly approver: AdminSession | undefined;
  readonly hasReader: boolean;
  readonly temporaryPassword: string;
  /** The full name of somebody whom the environment has once and whom the trial may look at, never write. */
  readonly knownName: string | undefined;
  /** Slow enough that a run of the made-up people can be watched, paused and stopped. */
  readonly rowsPerSecond: number;
  readonly randomBytes: (count: number) => Uint8Array;
  newKey(): string;
  /** A password that nobody has and nobody is told. */
  newPassword(): string;
  /** The same as short as it may be, of small letters alone. */
  newPlainPassword(): string;
  /** Sends a call as it is asked, and gives the answer as it came. @throws Broken when none came */
  send(endpoint: Endpoint, sent?: Sent): Promise<RawAnswer>;
  /** The call, which must succeed. @throws Broken when it does not, or its answer is not of the documented form */
  done<E extends Endpoint>(endpoint: E, sent?: Sent): Promise<z.infer<E['reply']>>;
  /** The call, which must be refused like this; gives the code. @throws Broken */
  refused(endpoint: Endpoint, sent: Sent, status: number | readonly number[], codes: readonly string[]): Promise<string>;
}

type TrialParts = Omit<Trial, 'http' | 'newKey' | 'newPassword' | 'newPlainPassword' | 'send' | 'done' | 'refused'> & { readonly baseUrl: string; readonly tokens: Tokens };

/** Begins a trial. Whatever comes in from here on is looked at for problem documents, forms and secrets. */
export function createTrial({ baseUrl, tokens, ...parts }: TrialParts): Trial {
  const { verdicts, randomBytes } = parts;
  const secrets = new Set([tokens.operator, tokens.approver, tokens.reader, parts.temporaryPassword].filter((secret) => secret !== undefined));
  const http = createRawHttp(baseUrl, (answer) => observe(verdicts, answer, secrets));

  async function send(endpoint: Endpoint, sent: Sent = {}): Promise<RawAnswer> {
    const token = tokenOf(sent.as ?? (endpoint.access === 'none' || endpoint.access === 'session' ? 'nobody' : 'operator'), tokens);
    const key = sent.key === undefined && needsIdempotencyKey(endpoint) ? newKey() : (sent.key ?? undefined);
    const body = sent.raw?.text ?? (sent.body === undefined ? undefined : JSON.stringify(sent.body));
    const answer = await http.send({
      method: endpoint.method,
      path: requestPath(endpoint.path, sent.params ?? {}, sent.query ?? {}),
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': sent.raw?.type ?? 'application/json' }),
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(key === undefined ? {} : { 'Idempotency-Key': key }),
      },
      ...(body === undefined ? {} : { body }),
    });
    if (answer.status >= 200 && answer.status < 300) {
      const fault = faultOfForm(endpoint, answer);
      verdicts.enter('transport.forms', fault === undefined ? 'holds' : 'broken', fault ?? '');
    }
    return answer;
  }
  function kept(password: string): string {
    secrets.add(password);
    return password;
  }
  function newKey(): string {
    return Buffer.from(randomBytes(18)).toString('base64url');
  }

  return {
    ...parts,
    http,
    newKey,
    newPassword: () => kept(Buffer.from(randomBytes(24)).toString('base64url')),
    newPlainPassword: () => kept(Array.from(randomBytes(12), (byte) => String.fromCharCode(97 + (byte % 26))).join('')),
    send,
    async done<E extends Endpoint>(endpoint: E, sent?: Sent) {
      const answer = await send(endpoint, sent);
      const isDone = answer.status === endpoint.status || (answer.status === 200 && endpoint.status !== 204);
      if (!isDone) throw new Broken(`${said(answer)}, not ${endpoint.status}.`);
      const reply = endpoint.reply.safeParse(endpoint.status === 204 ? undefined : answer.json);
      if (!reply.success) throw new Broken(faultOfForm(endpoint, answer) ?? `${said(answer)} in another form.`);
      // Parsed by this very endpoint's schema; the type of a parse over a generic one is not kept.
      return reply.data as z.infer<E['reply']>;
    },
    async refused(endpoint, sent, status, codes) {
      return expectRefusal(await send(endpoint, sent), status, codes);
    },
  };
}

/** @throws Broken unless the answer refuses with one of these statuses and codes; no codes: any */
export function expectRefusal(answer: RawAnswer, status: number | readonly number[], codes: readonly string[]): string {
  const statuses = typeof status === 'number' ? [status] : status;
  const code = codeOf(answer);
  if (statuses.includes(answer.status) && code !== undefined && (codes.length === 0 || codes.includes(code))) return code;
  throw new Broken(`${said(answer)}, not ${statuses.join(' or ')}${codes.length === 0 ? ' with a code' : ` ${codes.join(' or ')}`}.`);
}

/** The stable code of a refusal. */
export function codeOf(answer: RawAnswer): string | undefined {
  const problem = problemSchema.safeParse(answer.json);
  return problem.success ? problem.data.code : undefined;
}

/** `POST /x answered 409 plan_stale`: what was asked, and what came. */
export function said(answer: RawAnswer): string {
  const code = codeOf(answer);
  return `${answer.request.method} ${withoutQuery(answer.request.path)} answered ${answer.status}${code === undefined ? '' : ` ${code}`}`;
}

export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex');
}

function tokenOf(as: As, tokens: Tokens): string | undefined {
  if (typeof as === 'object') return as.session;
  if (as === 'nobody') return undefined;
  const token = tokens[as];
  if (token === undefined) throw new NotChecked(as === 'approver' ? 'It needs an approver’s token in DRYDOCK_APPROVER_TOKEN.' : 'It needs a token that may only read, in DRYDOCK_READER_TOKEN.');
  return token;
}

/** What every answer must be, whatever it answers. */
function observe(verdicts: Verdicts, answer: RawAnswer, secrets: ReadonlySet<string>): void {
  if (answer.status >= 400) {
    const problem = problemSchema.safeParse(answer.json);
    const isDeclared = (answer.headers['content-type'] ?? '').split(';')[0]?.trim() === problemMediaType;
    const fault = !problem.success ? 'is no problem document' : !isDeclared ? 'is not sent as application/problem+json' : problem.data.status !== answer.status ? 'names another status' : undefined;
    verdicts.enter('transport.problems', fault === undefined ? 'holds' : 'broken', fault === undefined ? '' : `${said(answer)}, and that ${fault}.`);
  }
  const isRepeated = [...secrets].some((secret) => answer.text.includes(secret));
  verdicts.enter('transport.no_secrets', isRepeated ? 'broken' : 'holds', isRepeated ? `${said(answer)} and repeated a secret that was sent.` : '');
}

function faultOfForm(endpoint: Endpoint, answer: RawAnswer): string | undefined {
  const reply = endpoint.reply.safeParse(endpoint.status === 204 ? undefined : answer.json);
  if (reply.success) return undefined;
  const [issue] = reply.error.issues;
  return `${said(answer)}, but ${issue === undefined || issue.path.length === 0 ? 'the body' : issue.path.map(String).join('.')} is not as documented.`;
}
