import { errorHelpGroups } from './catalogue.ts';
import type { ErrorHelp } from './error-help.ts';

/** docs/errors.md, whole: a section a code, under the heading that its message links to. */
export function errorsPage(): string {
  const groups = errorHelpGroups.map(({ title, about, codes }) => `## ${title}\n\n${about}\n\n${Object.entries(codes).map(([code, help]) => section(code, help)).join('\n')}`);
  return `# Errors\n\n${INTRODUCTION}\n\n${groups.join('\n')}`;
}

const INTRODUCTION = `Every error has a code, which stands below its message in the window and behind it on the command line. This page says of
each what happened, what did not, and what to do. In the window, "About this error" opens the same section, offline too.

It is written from \`shared/core/error-help/\` by \`npm run errors\`: change it there.`;

function section(code: string, { happened, stays, remedy }: ErrorHelp): string {
  return `### ${code}\n\n- **What happened**: ${happened}\n- **What did not, and what stays**: ${stays}\n- **What to do**: ${remedy === '' ? 'Nothing.' : remedy}\n`;
}
