// npm run errors: writes docs/errors.md from the catalogue.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorsPage } from '../../shared/core/error-help/errors-page.ts';

writeFileSync(join(import.meta.dirname, '..', '..', 'docs', 'errors.md'), errorsPage());
