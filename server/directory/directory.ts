import { referenceDirectory } from './reference-directory.ts';
import type { UserDirectory } from './user-directory.ts';

/** The user tables of this server. To put Drydock in front of your own, bind yours here and build (`docs/own-user-table.md`). */
export const directory: UserDirectory = referenceDirectory;
