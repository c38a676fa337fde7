import { useHotkeys } from '@mantine/hooks';
import { ProblemNotice } from '../components/problem-notice.tsx';
import { Waiting, Workspace } from '../components/layout.tsx';
import { assertNever } from '../../shared/core/assert-never.ts';
import { AboutScreen } from '../screens/about.tsx';
import { JournalScreen } from '../screens/journal.tsx';
import { MigrationsScreen } from '../screens/migrations.tsx';
import { ReportsScreen } from '../screens/reports.tsx';
import { RunsScreen } from '../screens/runs.tsx';
import { SettingsScreen } from '../screens/settings.tsx';
import { StartScreen } from '../screens/start.tsx';
import { WayScreen } from '../screens/way.tsx';
import { usePlace } from '../stores/place.ts';
import { usePreferences } from '../stores/preferences.ts';
import { TourStrip } from '../tour/tour-strip.tsx';
import { Commands } from './commands.tsx';
import { FaultBoundary } from './fault-boundary.tsx';
import { Foot } from './foot.tsx';
import styles from './frame.module.css';
import { HostEvents } from './host-events.tsx';
import { KeyHelp } from './key-help.tsx';
import { OfferedFile } from './offered-file.tsx';
import { useSession } from './session.tsx';
import { SideNav } from './side-nav.tsx';
import { TopBar } from './top-bar.tsx';

/** Top bar, navigation, the screen, foot; red-framed in production. */
export function Frame() {
  const session = useSession();
  const setKeyHelpOpen = usePreferences((state) => state.setKeyHelpOpen);
  useHotkeys([['shift+?', () => setKeyHelpOpen(true)], ['?', () => setKeyHelpOpen(true)]]);
  const screen = usePlace((state) => state.screen);
  const isProduction = session.environment?.kind === 'production';
  return (
    <div className={`${styles.frame} ${isProduction ? styles.production : ''}`}>
      <TopBar />
      <OfferedFile />
      <div className={styles.body}>
        <SideNav />
        <main className={styles.content}>
          <TourStrip />
          <FaultBoundary key={screen}>
            <CurrentScreen />
          </FaultBoundary>
        </main>
      </div>
      <Foot />
      <Commands />
      <KeyHelp />
      <HostEvents />
    </div>
  );
}

function CurrentScreen() {
  const session = useSession();
  const screen = usePlace((state) => state.screen);
  if (session.environments === undefined) {
    return <Workspace>{session.problem === undefined ? <Waiting label="Opening Drydock" /> : <ProblemNotice problem={session.problem} onRetry={session.reload} />}</Workspace>;
  }
  if (session.environment === undefined && screen !== 'settings' && screen !== 'journal' && screen !== 'reports' && screen !== 'about') return <StartScreen />;
  switch (screen) {
    case 'migrations':
      return <MigrationsScreen />;
    case 'way':
      return <WayScreen />;
    case 'runs':
      return <RunsScreen />;
    case 'reports':
      return <ReportsScreen />;
    case 'journal':
      return <JournalScreen />;
    case 'settings':
      return <SettingsScreen />;
    case 'about':
      return <AboutScreen />;
    default:
      return assertNever(screen);
  }
}
