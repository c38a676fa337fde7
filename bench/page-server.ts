// Serves a folder of built files on loopback and prints its address: the least that a served window needs.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';

const mediaTypes: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
const folder = process.argv[2] ?? '.';

const server = createServer((request, response) => {
  const path = normalize(URL.parse(request.url ?? '/', 'http://127.0.0.1')?.pathname ?? '/');
  const file = path === '/' ? '/index.html' : path;
  readFile(join(folder, file)).then(
    (body) => response.writeHead(200, { 'content-type': mediaTypes[extname(file)] ?? 'application/octet-stream' }).end(body),
    () => response.writeHead(404).end(),
  );
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${JSON.stringify({ address: typeof address === 'object' && address !== null ? `http://127.0.0.1:${String(address.port)}/` : '' })}\n`);
});
