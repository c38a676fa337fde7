import { ActionIcon, Button, Kbd, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { spotlight } from '@mantine/spotlight';
import { IconAnchor, IconEye, IconEyeOff, IconFlask, IconMoon, IconSearch, IconServer, IconShieldExclamation, IconSun } from '@tabler/icons-react';
import type { EnvironmentKind } from '../../shared/contract/admin/session.ts';
import { formatDuration, formatUtc } from '../components/format.ts';
import { useNow } from '../components/now.ts';
import { Shown } from '../components/text.tsx';
import { Tag, type Tone } from '../components/tag.tsx';
import { usePreferences } from '../stores/preferences.ts';
import { isMacKeyboard } from './command-keys.ts';
import styles from './frame.module.css';
import { useSession } from './session.tsx';

const kindTones: Readonly<Record<EnvironmentKind, Tone>> = { practice: 'green', staging: 'violet', production: 'red' };
const kindIcons: Readonly<Record<EnvironmentKind, typeof IconFlask>> = { practice: IconFlask, staging: IconServer, production: IconShieldExclamation };
const EXPIRING_S = 900;

/** Migration, environment, who is asking and for how long, commands, mask, theme. */
export function TopBar() {
  const session = useSession();
  return (
    <header className={styles.top} aria-label="Drydock">
      <span className={styles.brand}><IconAnchor size={18} aria-hidden />Drydock</span>
      {session.migration !== undefined && <span className={styles.migration} title={session.migration.title}>/ <Shown text={session.migration.title} /></span>}
      {session.environment !== undefined && <EnvironmentBadge name={session.environment.name} kind={session.environment.kind} />}
      <span className={styles.spacer} />
      <Who />
      <Tooltip label="Every command, by name">
        <Button variant="default" leftSection={<IconSearch size={14} aria-hidden />} rightSection={<Kbd size="xs">{commandKey}</Kbd>} onClick={spotlight.open}>Commands</Button>
      </Tooltip>
      <MaskSwitch />
      <ThemeSwitch />
    </header>
  );
}

const commandKey = isMacKeyboard(navigator.userAgent) ? '⌘K' : 'Ctrl K';

export function EnvironmentBadge({ name, kind }: { readonly name: string; readonly kind: EnvironmentKind }) {
  const Icon = kindIcons[kind];
  const title = name === kind ? kind.toUpperCase() : `${kind.toUpperCase()} · ${name}`;
  return <Tag tone={kindTones[kind]} round icon={<Icon size={13} aria-hidden />} title={`Environment ${name}`}>{title}</Tag>;
}

function Who() {
  const { connection } = useSession();
  const now = useNow();
  if (connection?.state !== 'connected') return null;
  const { sub, expires_at: expiresAt } = connection.session;
  const secondsLeft = (Date.parse(expiresAt) - now) / 1000;
  return (
    <span className={styles.who} title={`Token valid until ${formatUtc(expiresAt)}`}>
      <Shown text={sub} />
      <small className={secondsLeft < EXPIRING_S ? styles.expiring : ''}>{secondsLeft <= 0 ? 'token expired' : `token: ${formatDuration(secondsLeft)} left`}</small>
    </span>
  );
}

function MaskSwitch() {
  const { isMasked, toggleMasked } = usePreferences();
  return (
    <Tooltip label={isMasked ? 'Addresses and names are masked. Show them.' : 'Mask addresses and names on screen'}>
      <ActionIcon variant="default" size={30} aria-pressed={isMasked} aria-label="Mask personal data" onClick={toggleMasked}>
        {isMasked ? <IconEyeOff size={16} /> : <IconEye size={16} />}
      </ActionIcon>
    </Tooltip>
  );
}

function ThemeSwitch() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const next = scheme === 'dark' ? 'light' : 'dark';
  return (
    <Tooltip label={`Use the ${next} theme`}>
      <ActionIcon variant="default" size={30} aria-label={`Use the ${next} theme`} onClick={() => setColorScheme(next)}>
        {scheme === 'dark' ? <IconSun size={16} /> : <IconMoon size={16} />}
      </ActionIcon>
    </Tooltip>
  );
}
