import { realpathSync, statSync } from 'node:fs';
import { extname, join, sep } from 'node:path';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};

/** A file of the built page that may be handed out. */
export interface PageFile {
  readonly path: string;
  readonly mediaType: string;
  /** Its name carries a hash of its content, so that it never changes. */
  readonly isImmutable: boolean;
}

/**
 * The file of the built page behind a URL path, undefined when there is none. The real path decides, links followed:
 * nothing outside `folder` and no kind of file that a page has no use for is ever given.
 */
export function pageFile(folder: string, urlPath: string): PageFile | undefined {
  const relative = decoded(urlPath === '/' ? '/index.html' : urlPath);
  if (relative === undefined || relative.includes('\0') || relative.includes('\\')) return undefined;
  const mediaType = MEDIA_TYPES[extname(relative).toLowerCase()];
  if (mediaType === undefined) return undefined;
  const root = realPath(folder);
  const path = realPath(join(folder, relative));
  if (root === undefined || path === undefined || !path.startsWith(root + sep)) return undefined;
  if (!statSync(path).isFile()) return undefined;
  return { path, mediaType, isImmutable: relative.startsWith('/assets/') };
}

function decoded(urlPath: string): string | undefined {
  try {
    return decodeURIComponent(urlPath);
  } catch {
    return undefined;
  }
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
