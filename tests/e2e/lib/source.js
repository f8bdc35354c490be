// Reading Tideline's own source: files, includes, and what universal-ctags finds defined in them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { mustRun } from './process.js';
import { SOURCE } from './tideline.js';

/** Files below folders of the tree whose names end as asked: `[{name, text, lines}]`, names from the root of the tree. */
export function sourceFiles(folders, endings) {
  return folders.flatMap((folder) => walk(folder)).filter((name) => endings.some((ending) => name.endsWith(ending)))
    .map((name) => {
      const text = readFileSync(path.join(SOURCE, name), 'utf8');
      return { name, text, lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0) };
    });
}

function walk(folder) {
  const full = path.join(SOURCE, folder);
  if (!existsSync(full)) return [];
  return readdirSync(full, { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : walk(name);
    return entry.isFile() ? [name] : [];
  });
}

/** The includes of a C file: `[{target, system, line}]`. */
export function includesOf({ text }) {
  const found = [];
  text.split('\n').forEach((line, index) => {
    const match = line.match(/^\s*#\s*include\s*([<"])([^>"]+)[>"]/);
    if (match) found.push({ target: match[2], system: match[1] === '<', line: index + 1 });
  });
  return found;
}

/** Definitions in C files: `[{name, path, line, end, kind, signature}]`, kinds as ctags names them. */
export async function definitionsOf(names) {
  const { stdout } = await mustRun('ctags', ['--language-force=C', '--output-format=json', '--fields=+neS', '--c-kinds=+p',
    '-L', '-', '-f', '-'], { cwd: SOURCE, input: names.join('\n') });
  return stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line)).filter((tag) => tag._type === 'tag');
}

/** How many parameters a signature such as `(int a, void (*f)(int, int))` has. */
export function parameterCount(signature) {
  const inside = signature.trim().replace(/^\(|\)$/g, '').trim().replace(/,$/, '');
  if (!inside || inside === 'void') return 0;
  let depth = 0;
  let count = 1;
  for (const char of inside) {
    if (char === '(') depth += 1;
    else if (char === ')') depth -= 1;
    else if (char === ',' && depth === 0) count += 1;
  }
  return count;
}

/** C text with comments and literals blanked out, line by line as long as before. */
export function withoutComments(text) {
  const blank = (match) => match.replace(/[^\n]/g, ' ');
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, blank);
}

/** Places where a pattern occurs, as `name:line: text`. */
export function occurrences(file, pattern, text = file.text) {
  return text.split('\n').flatMap((line, index) =>
    pattern.test(line) ? [`${file.name}:${index + 1}: ${line.trim()}`] : []);
}
