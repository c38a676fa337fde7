import { z } from 'zod';
import { environmentKindSchema, type ApprovalPolicy, type EnvironmentKind } from '../../shared/contract/admin/session.ts';
import { accountPrepSettingsSchema } from '../../shared/playbooks/account-prep/settings.ts';
import { isHost, isProxyRange } from './network-address.ts';
import { SettingError } from './setting-error.ts';

const migrationIdPattern = /^[a-z0-9][a-z0-9-]{0,63}$/;

/** One migration that this environment offers. The flag is off until somebody turns it on (A15). */
export const declaredMigrationSchema = z.strictObject({
  id: z.string().regex(migrationIdPattern),
  playbook: z.literal('account-prep'),
  title: z.string().min(1).max(200),
  flag: z.string().regex(/^[a-z0-9_.]{1,128}$/),
  settings: accountPrepSettingsSchema,
  /** Binds the migration to one cohort from the start; otherwise its first approved plan does. */
  cohort: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});
export type DeclaredMigration = z.infer<typeof declaredMigrationSchema>;

const policySchema = z.strictObject({
  approvals_required: z.int().min(0).max(10).optional(),
  requester_may_approve: z.boolean().optional(),
  approve_before_test_run: z.boolean().optional(),
  approval_valid_hours: z.int().min(1).max(8760).optional(),
  plan_stale_share: z.number().min(0).max(1).optional(),
  rollback_approval_above: z.int().min(0).nullable().optional(),
  typed_confirmation: z.boolean().optional(),
});

const signInSchema = z.strictObject({
  attempts_per_account: z.int().min(1).optional(),
  attempts_per_address_a_minute: z.int().min(1).optional(),
  breaker_accounts_per_address: z.int().min(2).optional(),
  /** Above these the temporary password is suspended for its whole cohort; without them nothing ever suspends it. */
  suspend_above: z
    .strictObject({
      /** Accounts opened with it in a minute, from all addresses together. */
      openings_a_minute: z.int().min(1).optional(),
      /** Refused attempts on accounts that it would open, in a minute, from all addresses together. */
      refusals_a_minute: z.int().min(1).optional(),
    })
    .optional(),
  /** Where the one-time link of `confirm_by_email` leads. */
  confirm_link: z.string().max(1024).optional(),
});

/** What `DRYDOCK_CONFIG` holds. */
export const configFileSchema = z.strictObject({
  environment: z.strictObject({
    id: z.string().regex(/^[a-z0-9][a-z0-9-]{2,63}$/),
    name: z.string().min(1).max(64),
    kind: environmentKindSchema,
  }),
  migrations: z.array(declaredMigrationSchema).min(1),
  policy: policySchema.optional(),
  sign_in: signInSchema.optional(),
  /** Network addresses whose `X-Forwarded-For` is believed. */
  trusted_proxies: z.array(z.string().refine(isProxyRange, 'must be an address, an address range such as 10.0.0.0/8, or loopback, linklocal, uniquelocal')).optional(),
  /** Where the server listens: loopback unless a proxy on another machine must reach it. */
  listen_on: z.string().refine(isHost, 'must be an address or host name to listen on, such as 127.0.0.1 or 0.0.0.0').optional(),
  /** How long a server that was asked to stop goes on answering while `/ready` says no. */
  drain_seconds: z.int().min(0).max(300).optional(),
});
export type ConfigFile = z.infer<typeof configFileSchema>;

/** How many sign-in attempts are let through before they are held back. */
export interface SignInLimits {
  readonly attemptsPerAccount: number;
  readonly attemptsPerAddressAMinute: number;
  readonly breakerAccountsPerAddress: number;
  /** Declared rates of one cohort, over all addresses; null where none is declared. */
  readonly openingsAMinute: number | null;
  readonly refusalsAMinute: number | null;
}

export const defaultSignInLimits: SignInLimits = { attemptsPerAccount: 10, attemptsPerAddressAMinute: 300, breakerAccountsPerAddress: 50, openingsAMinute: null, refusalsAMinute: null };

/** Parses the configuration. @throws SettingError with one line that names the first wrong field. */
export function parseConfigFile(text: string): ConfigFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new SettingError('DRYDOCK_CONFIG', 'is not JSON');
  }
  const parsed = configFileSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new SettingError('DRYDOCK_CONFIG', issue === undefined ? 'is not of the form it must have' : `${issue.path.map(String).join('.') || 'top level'}: ${issue.message}`);
  }
  const ids = parsed.data.migrations.map((migration) => migration.id);
  if (new Set(ids).size !== ids.length) throw new SettingError('DRYDOCK_CONFIG', 'migrations: two have the same id');
  return parsed.data;
}

/** The policy of an environment: what its configuration says, and for the rest what its kind asks for. */
export function approvalPolicy(file: ConfigFile): ApprovalPolicy {
  const given = file.policy ?? {};
  const usual = policyOfKind[file.environment.kind];
  return {
    approvals_required: given.approvals_required ?? usual.approvals_required,
    requester_may_approve: given.requester_may_approve ?? usual.requester_may_approve,
    approve_before_test_run: given.approve_before_test_run ?? usual.approve_before_test_run,
    approval_valid_hours: given.approval_valid_hours ?? usual.approval_valid_hours,
    plan_stale_share: given.plan_stale_share ?? usual.plan_stale_share,
    rollback_approval_above: given.rollback_approval_above === undefined ? usual.rollback_approval_above : given.rollback_approval_above,
    typed_confirmation: given.typed_confirmation ?? usual.typed_confirmation,
  };
}

const careful: ApprovalPolicy = {
  approvals_required: 1,
  requester_may_approve: false,
  approve_before_test_run: false,
  approval_valid_hours: 72,
  plan_stale_share: 0.05,
  rollback_approval_above: null,
  typed_confirmation: false,
};

const policyOfKind: Readonly<Record<EnvironmentKind, ApprovalPolicy>> = {
  practice: careful,
  staging: careful,
  production: { ...careful, approve_before_test_run: true, rollback_approval_above: 10, typed_confirmation: true },
};
