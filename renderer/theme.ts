import { createTheme, type CSSVariablesResolver } from '@mantine/core';
import { pageBackground } from '../shared/contract/window/events.ts';

/** Small type and tight controls: the window shows data, and much of it. */
export const theme = createTheme({
  primaryColor: 'indigo',
  primaryShade: { light: 7, dark: 7 },
  defaultRadius: 'sm',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  headings: { fontWeight: '650', sizes: { h1: { fontSize: '1.25rem' }, h2: { fontSize: '1.0625rem' }, h3: { fontSize: '0.9375rem' } } },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'xs' } },
    TextInput: { defaultProps: { size: 'xs' } },
    PasswordInput: { defaultProps: { size: 'xs' } },
    NumberInput: { defaultProps: { size: 'xs' } },
    Select: { defaultProps: { size: 'xs' } },
    Textarea: { defaultProps: { size: 'xs' } },
    Checkbox: { defaultProps: { size: 'xs' } },
    Switch: { defaultProps: { size: 'xs' } },
    SegmentedControl: { defaultProps: { size: 'xs' } },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Close this message' } }, styles: { description: { color: 'var(--mantine-color-dimmed)' } } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true, multiline: true, maw: 360 } },
  },
});

/** Mantine's own greys and filled colours fall short of 4.5 : 1 in places; these entries make up for it. */
export const resolveCssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': pageBackground.light,
    '--mantine-color-text': '#17191c',
    '--mantine-color-dimmed': '#565d66',
    '--mantine-color-placeholder': '#666d76',
    '--mantine-color-error': '#b42318',
    '--mantine-color-anchor': '#2f44b8',
    '--mantine-color-default-border': '#cdd2d8',
  },
  dark: {
    '--mantine-color-body': pageBackground.dark,
    '--mantine-color-text': '#e4e6e9',
    '--mantine-color-dimmed': '#a5acb5',
    '--mantine-color-placeholder': '#959ca6',
    '--mantine-color-error': '#ff9d94',
    '--mantine-color-anchor': '#aab8ff',
    '--mantine-color-default-border': '#43484f',
  },
});
