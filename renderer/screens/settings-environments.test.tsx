import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import type { AddressCheck, TokenDescription } from '../../shared/contract/operator/environments.ts';
import { fakeWorld, type FakeWorld } from '../testing/fake-world.ts';
import { callsOf, openWindow } from '../testing/open-window.tsx';

async function fillIn(world: FakeWorld): Promise<void> {
  openWindow(world, { screen: 'settings' });
  await page.getByRole('textbox', { name: 'Name' }).fill('staging');
  await page.getByRole('textbox', { name: 'Address of the admin API' }).fill('https://admin.example.com');
  await page.getByLabelText('Token', { exact: true }).fill('secret');
}

test('an admin API is added once it has answered as one', async () => {
  const world = fakeWorld('first_start');
  await fillIn(world);
  await page.getByRole('button', { name: 'Add the environment' }).click();
  await expect.element(page.getByText('It says that it is staging.', { exact: false })).toBeVisible();
  expect(callsOf(world, 'environments.checkAddress')).toEqual([{ url: 'https://admin.example.com' }]);
  expect(callsOf(world, 'environments.add')).toEqual([{ name: 'staging', url: 'https://admin.example.com', token: 'secret' }]);
});

const others: readonly Omit<AddressCheck, 'url' | 'detail'>[] = [
  { verdict: 'web_page', code: 'not_an_admin_api', title: 'This is a web page, not an admin API' },
  { verdict: 'redirect', code: 'not_an_admin_api', title: 'This address sends on to another one' },
  { verdict: 'certificate', code: 'certificate_unknown_issuer', title: 'The certificate is of an unknown issuer' },
  { verdict: 'unreachable', code: 'unreachable', title: 'Nothing answers at this address' },
];
test.each(others)('a token never goes to an address that is not an admin API: $verdict', async (other) => {
  const world = fakeWorld('first_start');
  world.address = { ...other, detail: 'No token was sent.' };
  await fillIn(world);
  await page.getByRole('button', { name: 'Add the environment' }).click();
  await expect.element(page.getByRole('alert').getByText(other.title)).toBeVisible();
  expect(callsOf(world, 'environments.add')).toEqual([]);
  await page.getByRole('textbox', { name: 'Address of the admin API' }).fill('https://other.example.com');
  await expect.element(page.getByText(other.title)).not.toBeInTheDocument();
});

const inTwentyMinutes = new Date(Date.now() + 20 * 60_000 + 30_000).toISOString();
const tokens: readonly { readonly token: Partial<TokenDescription>; readonly told: readonly string[] }[] = [
  { token: { state: 'expiring', expires_at: inTwentyMinutes }, told: ['expiring soon', 'may look, run.', ', in 20 min'] },
  { token: { state: 'expired', expires_at: '2026-01-02T10:00:00.000Z' }, told: ['expired', 'The server refuses it'] },
  { token: { state: 'of_another_environment', issuer: 'env-other' }, told: ['of another environment', 'env-other'] },
  { token: { state: 'opaque' }, told: ['cannot be read', 'does not say what it allows'] },
  { token: { state: 'none' }, told: ['none', 'Nothing can be asked there'] },
];
test.each(tokens)('the card says how its token stands: $token.state', async ({ token, told }) => {
  const world = fakeWorld('connected', 'staging');
  world.token = token;
  openWindow(world, { screen: 'settings' });
  const card = page.getByRole('region', { name: 'Environment staging' });
  for (const words of told) await expect.poll(() => card.query()?.textContent).toContain(words);
});

test('a token is removed only after saying what stays', async () => {
  const world = fakeWorld('connected', 'staging');
  openWindow(world, { screen: 'settings' });
  await page.getByRole('button', { name: 'Remove the token…' }).click();
  await expect.element(page.getByText('stays valid at the server until it ends', { exact: false })).toBeVisible();
  expect(callsOf(world, 'environments.removeToken')).toEqual([]);
  await page.getByRole('button', { name: 'Remove the token', exact: true }).click();
  await expect.poll(() => callsOf(world, 'environments.removeToken')).toEqual([{ name: 'staging' }]);
});

test('the token of practice is neither changed nor removed', async () => {
  openWindow(fakeWorld('connected'), { screen: 'settings' });
  await expect.element(page.getByText('Brought by the practice server.', { exact: false })).toBeVisible();
  await expect.element(page.getByRole('button', { name: /the token…$/ })).not.toBeInTheDocument();
});

test('a test of the connection says who answers, or why nobody does', async () => {
  const world = fakeWorld('connected', 'staging');
  openWindow(world, { screen: 'settings' });
  const card = page.getByRole('region', { name: 'Environment staging' });
  await card.getByRole('button', { name: 'Test the connection' }).click();
  await expect.poll(() => card.getByRole('status').query()?.textContent).toContain('it is env-staging, a staging environment, and takes you for kim.meyer@example.com, who may look, run.');
  world.reachable = false;
  await card.getByRole('button', { name: 'Test the connection' }).click();
  await expect.poll(() => card.getByRole('status').query()?.textContent).toContain('Nothing answers at http://127.0.0.1:4010.');
});
