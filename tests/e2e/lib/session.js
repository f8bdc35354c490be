// People and programs with accounts: made by the command line, signed in over plain requests as a browser would.
import { randomBytes } from 'node:crypto';

/** Makes an account in a tenant of a running service; answers its password. */
export async function addAccount(service, tenant, name, role = 'editor', password = randomBytes(12).toString('hex')) {
  const added = await service.cli(tenant, 'user', 'add', name, '--role', role, '--password-stdin', { input: `${password}\n` });
  if (added.code !== 0) throw new Error(`user add ${name}: ${added.stdout}${added.stderr}`);
  return password;
}

/** Makes a token for an account; answers the token. */
export async function createToken(service, tenant, name, ...options) {
  const made = await service.cli(tenant, 'token', 'create', '--user', name, ...options);
  if (made.code !== 0) throw new Error(`token create ${name}: ${made.stdout}${made.stderr}`);
  return made.json.token;
}

/** What a form's fields become in a body. `fields` is an object (an array value stands for several) or a list of pairs. */
export function formBody(fields) {
  const pairs = Array.isArray(fields) ? fields
    : Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
  return new URLSearchParams(pairs).toString();
}

/** A visitor with a cookie jar: `get(page)`, `post(page, fields)`, `signIn(name, password)`. */
export class Visitor {
  constructor(service, tenant) {
    this.service = service;
    this.tenant = tenant;
    this.cookies = new Map();
  }

  async request(method, page, { headers = {}, body } = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await this.service.request(method, this.tenant, page,
      { body, headers: { ...(cookie ? { Cookie: cookie } : {}), ...headers } });
    for (const line of answer.headers['set-cookie'] ?? []) this.keep(line);
    return answer;
  }

  keep(line) {
    const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
    if (/Max-Age=0/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }

  get(page, options) {
    return this.request('GET', page, options);
  }

  /** Follows redirects to pages of the same site. */
  async follow(answer) {
    let at = answer;
    while (at.status === 303) at = await this.get(at.headers.location);
    return at;
  }

  /** POST as a browser does from a page of the site. `csrf: false` leaves the token out; otherwise it is read from `from`. */
  async post(page, fields = {}, { csrf = true, from = '/account', headers = {}, raw } = {}) {
    const pairs = Array.isArray(fields) ? fields
      : Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
    if (csrf) pairs.push(['csrf', typeof csrf === 'string' ? csrf : await this.csrf(from)]);
    return this.request('POST', page, { body: raw ?? formBody(pairs), headers: {
      'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin', ...headers } });
  }

  async csrf(from = '/account') {
    const page = await this.get(from);
    const found = page.text.match(/name="csrf" value="([^"]+)"/);
    if (!found) throw new Error(`${from} (${page.status}) holds no csrf token\n${page.text.slice(0, 2000)}`);
    return found[1];
  }

  async signIn(name, password, next = '/') {
    const answer = await this.post('/login', { name, password, next }, { csrf: false });
    if (answer.status !== 303) throw new Error(`signing in as ${name}: ${answer.status}\n${answer.text}`);
    return answer;
  }
}

/** A signed-in visitor with a new account. */
export async function signedIn(service, tenant, { name = 'ada', role = 'editor' } = {}) {
  const visitor = new Visitor(service, tenant);
  visitor.password = await addAccount(service, tenant, name, role);
  await visitor.signIn(name, visitor.password);
  return visitor;
}
