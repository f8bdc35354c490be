// A private nginx: own prefix, logs, pid and temporary paths. The system's nginx is neither used nor touched.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cleanEnv, start } from './process.js';
import { tempDir } from './temp.js';

const BINARY = ['/usr/sbin/nginx', '/usr/bin/nginx'].find(existsSync) ?? 'nginx';
const TEMP_PATHS = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/** One line per request; a request's Authorization is noted as present or absent, never itself. */
const LOG_FORMAT = `map $http_authorization $has_authorization { "" false; default true; }
  log_format requests escape=json '{"method":"$request_method","uri":"$request_uri","status":$status,'
    '"host":"$http_host","authorization":$has_authorization,"user":"$remote_user","bytes":$bytes_sent}';`;

/**
 * Starts nginx with `servers` (text inside `http{}`) and waits for `port`. Answers a handle with `requests()`, the
 * requests logged so far, `errorLog()`, and `stop()`.
 */
export async function startNginx({ servers, port, name = 'nginx' }) {
  const prefix = tempDir(name);
  mkdirSync(path.join(prefix, 'tmp'));
  const file = (leaf) => path.join(prefix, leaf);
  const temporary = TEMP_PATHS.map((kind) => `${kind}_temp_path ${file(`tmp/${kind}`)};`).join('\n  ');
  writeFileSync(file('nginx.conf'), `${process.getuid() === 0 ? 'user root;' : ''}
daemon off;
worker_processes 1;
pid ${file('nginx.pid')};
error_log ${file('error.log')} notice;
events { worker_connections 512; }
http {
  ${temporary}
  ${LOG_FORMAT}
  access_log ${file('access.log')} requests;
  default_type application/octet-stream;
${servers}
}
`);
  const handle = await start(BINARY, ['-p', prefix, '-e', file('error.log'), '-c', file('nginx.conf')],
    { env: cleanEnv(prefix), ready: port, name });
  const read = (leaf) => (existsSync(file(leaf)) ? readFileSync(file(leaf), 'utf8') : '');
  handle.prefix = prefix;
  handle.errorLog = () => read('error.log');
  handle.requests = () => read('access.log').split('\n').filter(Boolean).map((line) => JSON.parse(line));
  return handle;
}
