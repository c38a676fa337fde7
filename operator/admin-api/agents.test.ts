import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { testAuthority, testCertificates, testServerKey } from '../environments/certificates.testing.ts';

test('an authority that this machine trusts vouches for an environment, as it does in a browser', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-trust-'));
  const server = https.createServer({ key: testServerKey, cert: testCertificates.good }, (_, response) => void response.end('let in'));
  try {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    writeFileSync(join(folder, 'authority.pem'), testAuthority);
    // The machine's store as OpenSSL is told of it; read once a process, so each look is in one of its own.
    const look = async (store: string): Promise<string> => {
      const script = `
        import https from 'node:https';
        import { agentsFor } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, 'agents.ts')).href)};
        const url = 'https://localhost:${String(port)}/';
        https.get(url, { agent: agentsFor(url).httpsAgent }, (answer) => { answer.setEncoding('utf8').on('data', (text) => { console.log(text); process.exit(0); }); }).on('error', (error) => { console.log(error.code); process.exit(0); });`;
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env: { ...process.env, SSL_CERT_FILE: store, SSL_CERT_DIR: join(folder, 'none') } });
      return stdout.trim();
    };
    expect(await look(join(folder, 'authority.pem'))).toBe('let in');
    writeFileSync(join(folder, 'none.pem'), '');
    expect(await look(join(folder, 'none.pem'))).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
