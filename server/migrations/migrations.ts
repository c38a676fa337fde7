import { settings } from './0001-settings.ts';
import { cohortsAndPlans } from './0002-cohorts-and-plans.ts';
import { runs } from './0003-runs.ts';
import { customers } from './0004-customers.ts';
import { signIn } from './0005-sign-in.ts';
import { events } from './0006-events.ts';
import { administration } from './0007-administration.ts';
import { guards } from './0008-guards.ts';
import { grants } from './0009-grants.ts';
import { queue } from './0010-queue.ts';
import { signInAlerts } from './0011-sign-in-alerts.ts';
import { paceOfRuns } from './0012-pace-of-runs.ts';
import { numberedPlans } from './0013-numbered-plans.ts';
import { guardsOfNumberedPlans } from './0014-guards-of-numbered-plans.ts';
import { eventDelivery } from './0015-event-delivery.ts';
import { rollback } from './0016-rollback.ts';
import { purge } from './0017-purge.ts';
import { cohortsOfAMillion } from './0018-cohorts-of-a-million.ts';
import { purgeOfRollbacks } from './0019-purge-of-rollbacks.ts';
import { emailConfirmations } from './0020-email-confirmations.ts';
import { ownersByIndex } from './0021-owners-by-index.ts';
import { guardsInOnePass } from './0022-guards-in-one-pass.ts';
import { purgeAtScale } from './0023-purge-at-scale.ts';
import { outboxAtWork } from './0024-outbox-at-work.ts';
import { directoriesOfOnesOwn } from './0025-directories-of-ones-own.ts';
import type { Migration } from './migration.ts';

/** Every step, in order. */
export const migrations: readonly Migration[] = [settings, cohortsAndPlans, runs, customers, signIn, events, administration, guards, grants, queue, signInAlerts, paceOfRuns, numberedPlans, guardsOfNumberedPlans, eventDelivery, rollback, purge, cohortsOfAMillion, purgeOfRollbacks, emailConfirmations, ownersByIndex, guardsInOnePass, purgeAtScale, outboxAtWork, directoriesOfOnesOwn];
