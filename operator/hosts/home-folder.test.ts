import { expect, test } from 'vitest';
import { homeFolder } from './home-folder.ts';

test.each([
  ['linux', {}, '/home/mo/.local/share/drydock'],
  ['linux', { XDG_DATA_HOME: '/data/mo' }, '/data/mo/drydock'],
  ['linux', { XDG_DATA_HOME: 'relative' }, '/home/mo/.local/share/drydock'],
  ['linux', { DRYDOCK_HOME: '/srv/drydock' }, '/srv/drydock'],
  ['linux', { DRYDOCK_HOME: '' }, '/home/mo/.local/share/drydock'],
  ['darwin', {}, '/home/mo/Library/Application Support/Drydock'],
  ['darwin', { DRYDOCK_HOME: '/srv/drydock' }, '/srv/drydock'],
  ['win32', { APPDATA: '/home/mo/roaming' }, '/home/mo/roaming/Drydock'],
] as const)('state on %s with %j lies in %s', (platform, env, expected) => {
  expect(homeFolder(env, platform, '/home/mo')).toBe(expected);
});
