// A real Git server over HTTPS: nginx, fcgiwrap and git http-backend, as a forge behaves. Loopback only.
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cloneBareRepo, createBareRepo, git, gitEnv } from './git.js';
import { freePort, LOOPBACK } from './net.js';
import { startNginx } from './nginx.js';
import { start } from './process.js';
import { tempDir } from './temp.js';

const USER = 'x-access-token';
const BACKEND = ['/usr/lib/git-core/git-http-backend', '/usr/libexec/git-core/git-http-backend'].find(existsSync);
const STATUSES = [403, 404, 429, 500, 502, 503];

/** `if` with nothing but `return` or `set` in it, on flag files that tests put into a repository's folder. */
const flags = STATUSES.map((status) => `      if (-f $repository/answer-${status}) { return ${status}; }`).join('\n');

const backend = (socket, root) => `      client_max_body_size 0;
      fastcgi_buffering off;
      fastcgi_pass unix:${socket};
      fastcgi_param SCRIPT_FILENAME ${BACKEND};
      fastcgi_param GIT_PROJECT_ROOT ${root};
      fastcgi_param GIT_HTTP_EXPORT_ALL 1;
      fastcgi_param PATH_INFO $uri;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length;
      fastcgi_param GIT_PROTOCOL $http_git_protocol;
      fastcgi_param REMOTE_USER $remote_user;
      fastcgi_param REMOTE_ADDR $remote_addr;
      fastcgi_read_timeout 600;`;

const serverBlock = ({ port, certificate, passwords, socket, root, tls }) => `  server {
    listen ${LOOPBACK}:${port} ssl;
    server_name _;
    ssl_certificate ${certificate.certFile};
    ssl_certificate_key ${certificate.keyFile};
    ${tls ? `ssl_protocols ${tls};` : ''}
    location ~ ^/(?<slug>[^/]+/[^/]+\\.git)/ {
      set $repository ${root}/$slug;
${flags}
      set $write no;
      if ($arg_service = git-receive-pack) { set $write yes; }
      if ($uri ~ /git-receive-pack$) { set $write yes; }
      set $push "$write";
      if (-f $repository/refuse-push) { set $push "$write-refused"; }
      if ($push = yes-refused) { return 403; }
      set $realm Git;
      if (-f $repository/anonymous-read) { set $realm off; }
      if ($write = yes) { set $realm Git; }
      auth_basic $realm;
      auth_basic_user_file ${passwords};
${backend(socket, root)}
    }
    location / { return 404; }
  }`;

/**
 * Starts the server. Options: `authority` (from `createAuthority`), `token`, `names` (names and addresses in its
 * certificate), `certificate` (instead of one issued here), `tls` (such as `'TLSv1.3'`).
 */
export async function startGitServer({ authority, token = 'git-test-token', names, certificate, tls }) {
  const folder = tempDir('git-server');
  const server = new GitServer(folder, await freePort(), token);
  mkdirSync(server.root);
  server.setToken(token);
  server.authority = authority;
  const socket = path.join(folder, 'fcgiwrap.sock');
  server.wrap = await start('spawn-fcgi', ['-n', '-s', socket, '--', '/usr/sbin/fcgiwrap', '-f', '-c', '4'],
    { env: gitEnv(), ready: socket, name: 'fcgiwrap' });
  server.nginx = await startNginx({
    name: 'git-nginx',
    port: server.port,
    servers: serverBlock({ port: server.port, socket, root: server.root, passwords: server.passwords, tls,
      certificate: certificate ?? await authority.issue(names ?? ['localhost', 'git.localhost', LOOPBACK]) }),
  });
  return server;
}

class GitServer {
  constructor(folder, port, token) {
    this.root = path.join(folder, 'repositories');
    this.passwords = path.join(folder, 'passwords');
    this.port = port;
    this.token = token;
    this.repos = new Map();
  }

  /** Which token is accepted from now on, for user x-access-token. */
  setToken(token) {
    this.token = token;
    writeFileSync(this.passwords, `${USER}:{PLAIN}${token}\n`);
  }

  /** Makes `owner/name`, empty or with `files` as its first commit, or as a copy of `from`. Answers a `BareRepo`. */
  async addRepo(slug, { files, from, branch = 'main', anonymous = false } = {}) {
    const folder = this.folderOf(slug);
    mkdirSync(path.dirname(folder), { recursive: true });
    const make = from ? cloneBareRepo(from, { folder, branch }) : createBareRepo({ folder, branch, files });
    const repo = await make;
    await repo.git(['config', 'http.receivepack', 'true']);
    this.repos.set(slug, repo);
    if (anonymous) this.allowAnonymousRead(slug);
    return repo;
  }

  folderOf(slug) {
    return path.join(this.root, `${slug}.git`);
  }

  /** `https://127.0.0.1:PORT/owner/name.git`; another `port` for a proxy in front, another `host` of the certificate. */
  url(slug, { host = LOOPBACK, port = this.port } = {}) {
    return `https://${host}:${port}/${slug}.git`;
  }

  flag(slug, name, on) {
    const file = path.join(this.folderOf(slug), name);
    if (on) writeFileSync(file, '');
    else rmSync(file, { force: true });
  }

  /** Reading without a user; pushing still needs the token. */
  allowAnonymousRead(slug, on = true) {
    this.flag(slug, 'anonymous-read', on);
  }

  /** Every request for this repository gets this status (one of 403 404 429 500 502 503) until called with null. */
  answer(slug, status) {
    for (const known of STATUSES) this.flag(slug, `answer-${known}`, known === status);
    if (status !== null && !STATUSES.includes(status)) throw new Error(`answer() knows ${STATUSES.join(' ')}`);
  }

  /** A token without the right to write: 403 to every push, reading goes on. */
  refuseWriting(slug, on = true) {
    this.flag(slug, 'refuse-push', on);
  }

  /** The repository is gone under this name (and found under `to`, when given). */
  rename(slug, to = `gone/${Date.now()}`) {
    mkdirSync(path.dirname(this.folderOf(to)), { recursive: true });
    renameSync(this.folderOf(slug), this.folderOf(to));
  }

  /** Runs git as a client that trusts the authority; `token: null` sends none. Answers as `run`. */
  git(args, { token = this.token, ...options } = {}) {
    const trust = ['-c', `http.sslCAInfo=${this.authority.certFile}`];
    const secret = Buffer.from(`${USER}:${token}`).toString('base64');
    const login = token === null ? [] : ['-c', `http.extraHeader=Authorization: Basic ${secret}`];
    return git([...trust, ...login, ...args], options);
  }

  /** Requests that nginx has logged: `{method, uri, status, host, authorization: true|false, user, bytes}`. */
  requests() {
    return this.nginx.requests();
  }

  async stop() {
    await this.nginx.stop();
    await this.wrap.stop();
  }
}
