// A certificate authority of the test's own, and server certificates signed by it.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { cleanEnv, mustRun } from './process.js';
import { tempDir } from './temp.js';

const openssl = (args) => mustRun('openssl', args, { env: cleanEnv() });
const newKey = (file) => openssl(['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', file]);

/** Answers a new `Authority`. Its `certFile` is what clients must trust (curl --cacert, TIMELINE_CA_FILE). */
export async function createAuthority(commonName = 'Tideline test authority') {
  const authority = new Authority(tempDir('ca'));
  await newKey(authority.keyFile);
  await openssl(['req', '-x509', '-new', '-key', authority.keyFile, '-days', '2', '-subj', `/CN=${commonName}`,
    '-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign',
    '-out', authority.certFile]);
  return authority;
}

class Authority {
  constructor(folder) {
    this.folder = folder;
    this.certFile = path.join(folder, 'ca.pem');
    this.keyFile = path.join(folder, 'ca.key');
    this.count = 0;
  }

  /**
   * A server certificate for names and addresses, such as `issue(['git.localhost', '127.0.0.1'])`.
   * `days: 0` makes one that has expired already. Answers `{certFile, keyFile}`.
   */
  async issue(names, { days = 2 } = {}) {
    this.count += 1;
    const base = path.join(this.folder, `server-${this.count}`);
    const files = { certFile: `${base}.pem`, keyFile: `${base}.key` };
    const isAddress = (name) => /^[\d.]+$|:/.test(name);
    const alternatives = names.map((name) => `${isAddress(name) ? 'IP' : 'DNS'}:${name}`).join(',');
    writeFileSync(`${base}.ext`,
      `subjectAltName=${alternatives}\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n`);
    await newKey(files.keyFile);
    await openssl(['req', '-new', '-key', files.keyFile, '-subj', `/CN=${names[0]}`, '-out', `${base}.csr`]);
    await openssl(['x509', '-req', '-in', `${base}.csr`, '-CA', this.certFile, '-CAkey', this.keyFile,
      '-set_serial', String(1000 + this.count), '-days', String(days), '-extfile', `${base}.ext`,
      '-out', files.certFile]);
    return files;
  }
}
