import { listDeadLetters, replayDeadLetters } from '../../shared/contract/admin/dead-letters.ts';
import { readDeadLetters, readStanding, replay } from '../events/dead-letters.ts';
import { KLAVIYO } from '../events/klaviyo.ts';
import { isId } from '../guards/lookup.ts';
import type { RouteRegistrar } from '../guards/registrar.ts';
import type { AdminRouteDeps } from './admin-route-deps.ts';
import { badCursor, limitOf, pageOf } from './page.ts';
import { requireMigration } from './require-migration.ts';

/** `.../dead-letters`: events that could not be delivered, listed, and sent again (A13). */
export function registerDeadLetters(routes: RouteRegistrar, { store, isDeliveryConfigured }: AdminRouteDeps): void {
  routes.read(listDeadLetters, async (call) => {
    const { after = null } = call.query;
    if (after !== null && !isId(after)) throw badCursor();
    const limit = limitOf(call.query);
    const { letters, delivery } = await store.inReadTx(async (tx) => ({
      letters: await readDeadLetters(tx, requireMigration(call).id, { after, limit: limit + 1 }),
      delivery: await readStanding(tx, KLAVIYO, isDeliveryConfigured),
    }));
    return { body: { ...pageOf(letters, limit, (last) => last.event_id), delivery } };
  });

  routes.write(replayDeadLetters, async (call) => {
    const asked = 'all' in call.body ? 'all' : call.body.event_ids;
    const replayed = await replay(call.tx, requireMigration(call).id, asked === 'all' ? asked : asked.filter(isId));
    const found = new Set(replayed);
    return { body: { replayed: replayed.length, not_dead: asked === 'all' ? [] : asked.filter((id) => !found.has(id)) } };
  });
}
