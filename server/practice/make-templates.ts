import { join } from 'node:path';
import { writeTemplate } from './template.ts';

/** Run by the build: makes both database templates in the folder that the first argument names. */
const folder = process.argv[2];
if (folder === undefined) throw new Error('give the folder for the templates');
for (const kind of ['empty', 'practice'] as const) await writeTemplate(kind, join(folder, `${kind}.tar.gz`));
