import { useEffect, useState } from 'react';

const TICK_MS = 20_000;

/** The time of this machine in milliseconds, as `Date.now`, read again every 20 seconds: near enough for minutes that run down. */
export function useNow(): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNowMs(Date.now()), TICK_MS);
    return () => window.clearInterval(timer);
  }, []);
  return nowMs;
}
