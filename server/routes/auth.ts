import { confirmSignIn, login, logout, me, setPassword as setPasswordEndpoint } from '../../shared/contract/admin/customer-auth.ts';
import { confirmByLink } from '../auth/email-confirmation.ts';
import { sessionTokenOf } from '../auth/sessions.ts';
import { setPassword } from '../auth/set-password.ts';
import type { AuthDeps } from '../auth/auth-deps.ts';
import { signIn } from '../auth/sign-in.ts';
import { signOut, whoAmI } from '../auth/who-am-i.ts';
import type { Routes } from '../guards/registrar.ts';

/** What customers call: sign in, set the new password, sign out, see who they are. */
export function authRoutes(deps: AuthDeps): Routes {
  return (routes) => {
    routes.open(login, async ({ body, address, requestId }) => {
      const reply = await signIn(deps, { email: body.email, password: body.password, validationKey: body.validation_key ?? null, address, requestId });
      return { body: { session_token: reply.sessionToken, password_reset_required: reply.passwordResetRequired } };
    });
    routes.open(confirmSignIn, async ({ body, address, requestId }) => {
      const reply = await confirmByLink(deps, { token: body.token, address, requestId });
      return { body: { session_token: reply.sessionToken, password_reset_required: reply.passwordResetRequired } };
    });
    routes.open(setPasswordEndpoint, async ({ body, headers }) => ({
      body: { session_token: await setPassword(deps, sessionTokenOf(headers.authorization), body.new_password) },
    }));
    routes.open(logout, async ({ headers }) => {
      await signOut(deps.store, sessionTokenOf(headers.authorization));
      return { body: undefined };
    });
    routes.open(me, async ({ headers }) => ({ body: await whoAmI(deps.store, sessionTokenOf(headers.authorization)) }));
  };
}
