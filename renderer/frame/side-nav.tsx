import { IconBook2, IconFileCertificate, IconPlayerPlay, IconSettings, IconShip } from '@tabler/icons-react';
import { useOperatorQuery } from '../operator.ts';
import { usePlace, type Screen } from '../stores/place.ts';
import styles from './frame.module.css';

export const screenTitles: readonly { readonly screen: Screen; readonly title: string; readonly icon: typeof IconShip }[] = [
  { screen: 'migrations', title: 'Migrations', icon: IconShip },
  { screen: 'runs', title: 'Runs', icon: IconPlayerPlay },
  { screen: 'reports', title: 'Reports', icon: IconFileCertificate },
  { screen: 'journal', title: 'Journal', icon: IconBook2 },
  { screen: 'settings', title: 'Settings', icon: IconSettings },
];

export function SideNav() {
  const screen = usePlace((state) => state.screen);
  const goTo = usePlace((state) => state.goTo);
  const info = useOperatorQuery('app.getInfo', {});
  const current = screen === 'way' ? 'migrations' : screen;
  return (
    <nav className={styles.nav} aria-label="Main">
      {screenTitles.map(({ screen: target, title, icon: Icon }) => (
        <button key={target} type="button" className={styles.navItem} aria-current={current === target ? 'page' : undefined} onClick={() => goTo(target)}>
          <Icon size={17} aria-hidden />
          {title}
        </button>
      ))}
      {info.value !== undefined && <div className={styles.navBottom}>Drydock {info.value.version}</div>}
    </nav>
  );
}
