import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { forgetOldAttempts } from './auth/attempt-limits.ts';
import { seedCredential } from './auth/temporary-credential.ts';
import { createPasswordHashing } from './auth/password-hashing.ts';
import type { SignInWatch } from './auth/sign-in-watch.ts';
import { declareEnvironment } from './config/declare.ts';
import type { ServerConfig } from './config/server-config.ts';
import { createApp } from './app.ts';
import { cannotListen } from './cannot-listen.ts';
import { autoRearm } from './engine/auto-rearm.ts';
import { createEngine } from './engine/engine.ts';
import { createDelivery, type Delivery } from './events/delivery.ts';
import { deliveryMetric } from './events/delivery-counts.ts';
import { createKlaviyo } from './events/klaviyo.ts';
import { createTokenReader } from './guards/token.ts';
import { errorFields, type ServerLog } from './log.ts';
import { openMailOutbox } from './mail/open-mail-outbox.ts';
import { databaseMetrics } from './metrics/database-metrics.ts';
import { createServerMetrics, type ServerMetrics } from './metrics/server-metrics.ts';
import { enterReceiptKey } from './receipts/receipt-key-history.ts';
import type { ReceiptKey } from './receipts/receipt-key.ts';
import { serverRoutes } from './routes/server-routes.ts';
import { stopServer } from './stop-server.ts';
import type { AdminTx, Store } from './store/store.ts';

/** What a server process is made of, beside its settings. */
export interface ServerParts {
  readonly store: Store;
  readonly receiptKey: ReceiptKey;
  readonly log: ServerLog;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Runs in the transaction that declares the environment, before anybody is let in. */
  readonly prepare?: (tx: AdminTx) => Promise<void>;
}

/** A server at work. */
export interface RunningServer {
  readonly url: string;
  /** Lets requests and batches in flight end, then stops. */
  readonly stop: () => Promise<void>;
}

/** Declares the environment, listens, and starts the engine. @throws SettingError for settings that the database contradicts, CannotListen for a port that is taken. */
export async function startServer(config: ServerConfig, parts: ServerParts): Promise<RunningServer> {
  const { store, receiptKey, log, now, newId, randomBytes } = parts;
  const { environment, secretKey } = config;
  await store.inAdminTx(async (tx) => {
    await declareEnvironment(tx, config);
    await enterReceiptKey(tx, receiptKey, environment.id);
    await parts.prepare?.(tx);
    if (config.temporaryPassword === null) return;
    for (const migration of config.migrations) {
      await seedCredential(tx, migration.id, { id: newId(), secretKey, password: config.temporaryPassword, createdBy: 'configuration', ttlSeconds: null });
    }
  });

  const engine = createEngine({
    store,
    logFailure: ({ runId, error }) => log.error('a batch could not be done', { runId, ...errorFields(error) }),
    onSweep: [autoRearm({ store }), async () => store.inSignInTx(forgetOldAttempts)],
  });
  const metrics = createServerMetrics(store.connections, (metric, error) => log.error('a metric could not be read', { metric, ...errorFields(error) }));
  for (const metric of databaseMetrics(store)) metrics.add(metric);
  const readToken = createTokenReader(config.tokenKey, environment.id, now);
  const mail = await openMailOutbox(config.mail, { store, secretKey, logFailure: (error) => log.error('alert: mail_not_sent', errorFields(error)) });
  let isStopping = false;
  const app = createApp({
    store,
    readToken,
    trustedProxies: config.trustedProxies,
    requestAnswered: metrics.requestAnswered,
    logFailure: ({ requestId, route, error }) => log.error('a request could not be answered', { requestId, route, ...errorFields(error) }),
    routes: serverRoutes({
      admin: { store, engine, environment, policy: config.policy, receiptPublicKey: receiptKey.publicKeyLine, secretKey, isDeliveryConfigured: config.klaviyo !== null, now },
      auth: { store, secretKey, limits: config.signInLimits, hashing: createPasswordHashing(), watch: watchSignIn(log, metrics), onLinkAsked: () => mail?.wake(), pause, newId, newToken: () => Buffer.from(randomBytes(32)).toString('base64url') },
      receipts: { store, environment, key: receiptKey, randomBytes },
      readiness: { database: store.ping, queue: async () => requireReady(engine.isReady()), isStopping: () => isStopping },
      metrics,
      readToken,
    }),
  });
  // Only a server that is there takes batches: one whose port is taken would go on with them for ever, and nobody could ask it to stop.
  await app.listen({ host: config.listen.host, port: config.listen.port }).catch((error: unknown) => {
    throw cannotListen(config.listen, error);
  });
  const delivery = deliveryOf(config, parts);
  if (delivery !== null) metrics.add(deliveryMetric(delivery.counts));
  try {
    await delivery?.start();
    await engine.start();
  } catch (error) {
    await Promise.all([app.close(), delivery?.stop()]);
    throw error;
  }
  mail?.start();
  const url = urlOf(config.listen.host, app.server.address());
  log.info('listening', { url });
  return {
    url,
    async stop() {
      isStopping = true;
      await stopServer(app, delivery === null ? [engine] : [engine, delivery], config.drainSeconds * 1000);
      await mail?.stop();
    },
  };
}

/** Alerts are lines that somebody can be woken by; who it was is in the audit log under the same request id. */
function watchSignIn(log: ServerLog, metrics: ServerMetrics): SignInWatch {
  return {
    attempt: metrics.signInEnded,
    alert(alert) {
      metrics.signInAlert(alert);
      log.error(`alert: ${alert.kind}`, { requestId: alert.requestId, ...(alert.kind === 'temporary_password_suspended' ? { migrationId: alert.migrationId } : {}) });
    },
  };
}

/** Null where no destination is configured: events are recorded and wait. */
function deliveryOf({ klaviyo }: ServerConfig, { store, newId, now, log, randomBytes }: ServerParts): Delivery | null {
  if (klaviyo === null) return null;
  return createDelivery({
    store,
    destination: createKlaviyo(klaviyo, now),
    newId,
    random: () => Buffer.from(randomBytes(4)).readUInt32BE() / 2 ** 32,
    logFailure: (error) => log.error('events could not be delivered', errorFields(error)),
    onRefused: (reason) => (reason === null ? log.info('events are delivered again') : log.error('events are not taken; delivery is stopped', { reason })),
  });
}

function requireReady(isReady: boolean): void {
  if (!isReady) throw new Error('the queue is not at work');
}

function urlOf(host: string, address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return `http://${host.includes(':') ? `[${host}]` : host}:${String(address.port)}`;
}
