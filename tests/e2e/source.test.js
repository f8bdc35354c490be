// The rules of the house that a compiler does not check: layers, sizes, names, raw output in templates.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { definitionsOf, includesOf, occurrences, parameterCount, sourceFiles, withoutComments } from './lib/source.js';

const PROGRAM = ['core', 'fcgi', 'cli'];
const MAX_FUNCTION = 60;
const MAX_FILE = 600;
/** Besides the arena and the error slot, which nearly every function is handed and no reader has to think about. */
const MAX_PARAMETERS = 5;

const TIERS = [
  ['core/util'],
  ['core/config', 'core/mustache', 'core/event', 'core/http'],
  ['core/store', 'core/git', 'core/forge'],
  ['core/sync', 'core/pr', 'core/jobs', 'core/auth'],
  ['core/service'],
  ['fcgi', 'cli'],
];
const NEIGHBOURS = { 'core/pr': ['core/sync'] };
/** The faces call use cases, and share only the vocabulary they come in; pages are rendered by fcgi. */
const FACES = { cli: ['core/util', 'core/config', 'core/service'], fcgi: ['core/util', 'core/config', 'core/mustache', 'core/service'] };

const ONLY_USER = [
  [/^yaml\.h$/, ['core/event']],
  [/^curl\//, ['core/http']],
  [/^sqlite3(ext)?\.h$/, ['core/store']],
  [/^git2(\.h$|\/)/, ['core/git']],
  [/^sodium(\.h$|\/)/, ['core/auth', 'core/util']],
  [/^(fcgiapp|fcgi_stdio|fcgios|fastcgi)\.h$/, ['fcgi']],
];

const FOREIGN_NAME = /^(git_|json_|curl_|CURL|sqlite3_|yaml_|FCGX_)/;
/** Names that DESIGN gives to our own files and services although they begin as a library's do. */
const OWN_NAME = /^git_service/;

const moduleOf = (name) => name.match(/^(core\/[^/]+|fcgi|cli)\//)?.[1] ?? null;
const tierOf = (module) => TIERS.findIndex((tier) => tier.includes(module));

function mayInclude(from, to) {
  if (from === to || NEIGHBOURS[from]?.includes(to)) return true;
  return FACES[from] ? FACES[from].includes(to) : tierOf(to) < tierOf(from);
}

describe('source', () => {
  let files;
  let tests;
  let definitions;
  before(async () => {
    files = sourceFiles(PROGRAM, ['.c', '.h']);
    tests = sourceFiles(['tests/unit', 'tests/bench'], ['.c', '.h']);
    definitions = await definitionsOf([...files, ...tests].map((file) => file.name));
    assert.ok(files.length > 10 && definitions.length > 50, 'the tree was not read');
  });

  it('lives in modules that the design knows', () => {
    assert.deepEqual(files.filter((file) => tierOf(moduleOf(file.name)) < 0).map((file) => file.name), []);
  });

  it('includes only from lower tiers, written from the root of the tree', () => {
    const wrong = files.flatMap((file) => includesOf(file).filter(({ system }) => !system).flatMap(({ target, line }) => {
      const [from, to] = [moduleOf(file.name), moduleOf(target)];
      return to && mayInclude(from, to) ? [] : [`${file.name}:${line} includes ${target}`];
    }));
    assert.deepEqual(wrong, []);
  });

  it('uses each library in its one module', () => {
    const wrong = files.flatMap((file) => includesOf(file).flatMap(({ target, line }) => {
      const rule = ONLY_USER.find(([pattern]) => pattern.test(target));
      return !rule || rule[1].includes(moduleOf(file.name)) ? [] : [`${file.name}:${line} includes ${target}`];
    }));
    assert.deepEqual(wrong, []);
  });

  it(`has no function over ${MAX_FUNCTION} lines and none with more than ${MAX_PARAMETERS} parameters`, () => {
    const functions = definitions.filter((tag) => tag.kind === 'function');
    const long = functions.map((tag) => [tag, tag.end - tag.line + 1]).filter(([, lines]) => lines > MAX_FUNCTION)
      .map(([tag, lines]) => `${tag.path}:${tag.line} ${tag.name} has ${lines} lines`);
    const many = functions.map((tag) => [tag, parameterCount((tag.signature ?? '').replace(/struct (arena|err) \*\s*\w*\s*,?/g, ''))]).filter(([, count]) => count > MAX_PARAMETERS)
      .map(([tag, count]) => `${tag.path}:${tag.line} ${tag.name} has ${count} parameters`);
    assert.deepEqual([...long, ...many], []);
  });

  it(`has no file over ${MAX_FILE} lines`, () => {
    const scripts = sourceFiles(['tests/e2e', 'tests/unit', 'templates', 'nginx', 'docker', 'core/store/sql'],
      ['.js', '.sh', '.sql', '.c', '.html', '.mustache', '.css']);
    const long = [...files, ...scripts].filter((file) => file.lines > MAX_FILE);
    assert.deepEqual(long.map((file) => `${file.name} has ${file.lines} lines`), []);
  });

  it('defines no name that a used library owns', () => {
    const wrong = definitions.filter((tag) => FOREIGN_NAME.test(tag.name) && !OWN_NAME.test(tag.name)
      && !['member', 'local', 'header', 'parameter'].includes(tag.kind));
    assert.deepEqual(wrong.map((tag) => `${tag.path}:${tag.line} ${tag.kind} ${tag.name}`), []);
  });

  it('has no goto, no typedef of a struct, and no function that cannot bound what it writes', () => {
    const bad = /\bgoto\b|\btypedef\s+(struct|union|enum)\b|\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|system|popen)\s*\(/;
    assert.deepEqual(files.flatMap((file) => occurrences(file, bad, withoutComments(file.text))), []);
  });

  it('keeps SQL in core/store', () => {
    const sql = /"\s*(SELECT\s|INSERT\s+(OR\s+\w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|CREATE\s+(TABLE|INDEX|TRIGGER)\s|PRAGMA\s)/;
    const elsewhere = files.filter((file) => moduleOf(file.name) !== 'core/store');
    assert.deepEqual(elsewhere.flatMap((file) => occurrences(file, sql)), []);
  });

  it('leaves nothing unfinished and names no machine', () => {
    const unfinished = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b|\\b(for ${'now'}|place${'holder'}|simpli${'fied'})\\b`);
    const all = [...files, ...tests, ...sourceFiles(['cmake', 'nginx', 'docker', 'core/store/sql'], [''])];
    const machine = /["' (=]\/(work|home|root)\//;
    assert.deepEqual(all.flatMap((file) => [...occurrences(file, unfinished), ...occurrences(file, machine)]), []);
    assert.deepEqual(files.flatMap((file) => occurrences(file, /"\/tmp\b/)), []);
  });

  it('escapes everything in templates', () => {
    const raw = /\{\{\{|\{\{\s*&|\{\{\s*=/;
    const risky = /\sstyle\s*=|\son\w+\s*=|javascript:|<script(?![^>]*\ssrc=)/i;
    const templates = sourceFiles(['templates'], ['.html', '.mustache']);
    assert.deepEqual(templates.flatMap((file) => [...occurrences(file, raw), ...occurrences(file, risky)]), []);
  });

  it('has a lock file without names of hosts', () => {
    const [lock] = sourceFiles(['tests'], ['package-lock.json']);
    assert.deepEqual(occurrences(lock, /"resolved"/), []);
  });
});

describe('the checks themselves', () => {
  it('count parameters', () => {
    const cases = [['(void)', 0], ['()', 0], ['(int a)', 1], ['(int a, void (*f)(int, int), char b)', 3]];
    for (const [signature, count] of cases) assert.equal(parameterCount(signature), count);
  });

  it('see includes and skip comments and literals', () => {
    assert.deepEqual(includesOf({ text: '# include <git2.h>\nint x;\n#include "core/util/err.h"' }).map((one) => [one.target, one.line]),
      [['git2.h', 1], ['core/util/err.h', 3]]);
    assert.equal(withoutComments('a /* goto */ b // goto\n"goto \\" goto" \'"\' c').includes('goto'), false);
  });

  it('know the layers', () => {
    const allowed = [['core/sync', 'core/store'], ['core/pr', 'core/sync'], ['cli', 'core/service'], ['fcgi', 'core/mustache'], ['core/git', 'core/http']];
    const refused = [['core/store', 'core/sync'], ['core/sync', 'core/pr'], ['cli', 'core/store'], ['core/git', 'core/store'], ['fcgi', 'cli'], ['core/util', 'core/event']];
    for (const [from, to] of allowed) assert.equal(mayInclude(from, to), true, `${from} ${to}`);
    for (const [from, to] of refused) assert.equal(mayInclude(from, to), false, `${from} ${to}`);
  });
});
