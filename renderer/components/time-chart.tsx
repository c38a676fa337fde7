import 'uplot/dist/uPlot.min.css';
import { useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { formatClock, formatClockSeconds, formatDecimal } from './format.ts';
import type { Tone } from './tag.tsx';
import styles from './time-chart.module.css';

/** Between two times on the axis: room for `00:00:00`, and steps of no less than the second that is told. */
const TIME_SPACE_PX = 76;
const TIME_STEPS_S = [1, 5, 10, 15, 30, 60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 604_800];

export interface ChartLine {
  readonly label: string;
  readonly tone: Tone;
  readonly values: readonly number[];
}

interface TimeChartProps {
  readonly label: string;
  readonly heightPx: number;
  /** Moments in seconds since 1970, ascending; every line has one value for each. */
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
}

/** Lines over time. The same numbers stand in words beside every chart, so the drawing itself is for the eye alone. */
export function TimeChart({ label, heightPx, times, lines }: TimeChartProps) {
  const { ref, width } = useElementSize();
  const scheme = useComputedColorScheme('light');
  const chart = useRef<uPlot | null>(null);
  const host = useRef<HTMLDivElement>(null);
  const shape = lines.map((line) => `${line.label} ${line.tone}`).join('|');
  const latest = useRef({ times, lines });
  latest.current = { times, lines };

  useEffect(() => {
    if (host.current === null || width < 50) return undefined;
    const styleOf = getComputedStyle(document.documentElement);
    const ink = styleOf.getPropertyValue('--mantine-color-dimmed').trim();
    const grid = { stroke: styleOf.getPropertyValue('--dd-line').trim(), width: 1 };
    const axis = { stroke: ink, grid, ticks: grid, font: '11px system-ui' };
    const drawn = new uPlot(
      {
        width,
        height: heightPx,
        cursor: { drag: { x: false, y: false } },
        legend: { show: latest.current.lines.length > 1, live: false },
        scales: { y: { range: (_self, _min, max) => [0, Math.max(1, max * 1.1)] } },
        axes: [{ ...axis, space: TIME_SPACE_PX, incrs: TIME_STEPS_S, values: (_self, moments) => moments.map((seconds) => clock(seconds, latest.current.times)) }, { ...axis, size: 46, values: (_self, values) => values.map((value) => formatDecimal(value)) }],
        series: [
          {},
          ...latest.current.lines.map((line) => ({ label: line.label, stroke: styleOf.getPropertyValue(`--dd-${line.tone}-bar`).trim(), width: 2, points: { show: latest.current.times.length < 3 } })),
        ],
      },
      dataOf(latest.current),
      host.current,
    );
    chart.current = drawn;
    return () => {
      chart.current = null;
      drawn.destroy();
    };
  }, [width, heightPx, shape, scheme]);

  useEffect(() => chart.current?.setData(dataOf({ times, lines })), [times, lines]);
  return (
    <div ref={ref} className={styles.chart} role="img" aria-label={label}>
      <div ref={host} aria-hidden />
    </div>
  );
}

/** Seconds are told where the whole chart is shorter than half an hour. */
function clock(seconds: number, times: readonly number[]): string {
  const span = (times[times.length - 1] ?? 0) - (times[0] ?? 0);
  const time = new Date(seconds * 1000).toISOString();
  return span < 1800 ? formatClockSeconds(time) : formatClock(time);
}

function dataOf({ times, lines }: { readonly times: readonly number[]; readonly lines: readonly ChartLine[] }): uPlot.AlignedData {
  return [[...times], ...lines.map((line) => [...line.values])];
}
