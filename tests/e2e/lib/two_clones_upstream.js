// The other side of two_clones.js: people who edit, add, delete, rename and force-push in the repository. Files are
// edited as texts, so that nothing of Tideline decides what they look like.

const isEvent = (name) => /\.(md|json)$/.test(name) && !/(^|\/)[._]|README\.md$/.test(name);
const idOf = (name) => name.replace(/^.*\//, '').replace(/\.(md|json)$/, '');

/** Fields as Markdown: each value as JSON, which YAML reads too. */
function asMarkdown({ summary, ...fields }) {
  const rows = Object.entries(fields).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
  return `---\n${rows.join('')}---\n\n${summary}\n`;
}

/** Edits of a Markdown file; null where the file has no place for it. */
const markdownEdits = {
  body: (text, token) => (/\n---\n/.test(text.slice(4)) ? `${text.replace(/\n*$/, '')}\n\nFrom upstream ${token}.\n` : null),
  title: (text, token) => replaceLine(text, /^title: .*\n(?! )/m, () => `title: Upstream ${token}\n`),
  importance: (text, _token, random) => replaceLine(text, /^importance: .*\n/m, () => `importance: ${1 + random.int(10)}\n`),
  tag: (text, token) => replaceLine(text, /^tags:\n( *)- /m, (all, indent) => `tags:\n${indent}- ${token}\n${indent}- `),
  actor: (text, token) => replaceLine(text, /^actors:\n( *)- /m, (all, indent) => `actors:\n${indent}- Person ${token}\n${indent}- `),
  source: (text, token) => replaceLine(text, /^sources:\n( *)- /m,
    (all, indent) => `sources:\n${indent}- title: Upstream ${token}\n${indent}  url: https://example.org/${token}\n${indent}- `),
  field: (text, token) => replaceLine(text, /^(date: .*\n)/m, (line) => `${line}note_${token}: ${token}\n`),
};

function replaceLine(text, pattern, by) {
  const end = text.indexOf('\n---\n', 3);
  if (end < 0) return null;
  const head = text.slice(0, end + 1);
  return pattern.test(head) ? head.replace(pattern, by) + text.slice(end + 1) : null;
}

const jsonEdits = {
  body: (event, token) => { event.summary = `${event.summary ?? ''}\nFrom upstream ${token}.`; },
  title: (event, token) => { event.title = `Upstream ${token}`; },
  importance: (event, _token, random) => { event.importance = 1 + random.int(10); },
  tag: (event, token) => { (event.tags ??= []).unshift(token); },
  actor: (event, token) => { (event.actors ??= []).unshift(`Person ${token}`); },
  source: (event, token) => { (event.sources ??= []).unshift({ title: `Upstream ${token}`, url: `https://example.org/${token}` }); },
  field: (event, token) => { event[`note_${token}`] = token; },
};

function editFile(name, text, token, random) {
  const kind = random.pick(Object.keys(jsonEdits));
  if (name.endsWith('.md')) return markdownEdits[kind](text, token, random);
  let event;
  try {
    event = JSON.parse(text);
  } catch {
    return null;
  }
  if (['tags', 'actors', 'sources'].some((key) => !Array.isArray(event[key] ?? []))) return null;
  jsonEdits[kind](event, token, random);
  return `${JSON.stringify(event, null, 2)}\n`;
}

export class Upstream {
  constructor({ repo, folder, random, token, hot }) {
    Object.assign(this, { repo, folder, random, token, hot });
    this.broken = new Map(); // name → text before
  }

  async names() {
    return Object.keys(await this.repo.tree(this.repo.branch, this.folder)).filter(isEvent).sort();
  }

  /** A file to change: mostly one of those that both sides work on. */
  async choose() {
    const names = await this.names();
    const hot = names.filter((name) => this.hot.has(idOf(name)));
    return this.random.chance(0.9) && hot.length ? this.random.pick(hot) : this.random.pick(names);
  }

  async edit() {
    const name = await this.choose();
    const token = this.token();
    const text = name && editFile(name, await this.repo.read(name), token, this.random);
    if (!text) return null;
    await this.repo.commit({ [name]: text });
    return `edits ${name} ${token}`;
  }

  async add() {
    const token = this.token();
    // Sometimes an id that somebody adds here too.
    const id = this.random.chance(0.4) ? `1901-05-0${1 + this.random.int(8)}--both-${this.random.int(4)}` : `1902-01-01--${token}`;
    const json = this.random.chance(0.3);
    const event = { id, date: id.slice(0, 10), title: `Added upstream ${token}`, importance: 5, tags: ['added'], actors: ['Somebody'],
      sources: [{ title: 'A source', url: `https://example.org/${token}` }], summary: `Text ${token}.` };
    this.hot.add(id);
    await this.repo.commit({ [`${this.folder}/${id}.${json ? 'json' : 'md'}`]: json ? `${JSON.stringify(event, null, 2)}\n` : asMarkdown(event) });
    return `adds ${id}.${json ? 'json' : 'md'} ${token}`;
  }

  async remove() {
    const name = await this.choose();
    if (!name || (await this.names()).length < 5) return null;
    await this.repo.commit({ [name]: null });
    return `deletes ${name}`;
  }

  /** The file moves: with its id inside it is the same event, in another file. */
  async rename() {
    const name = await this.choose();
    if (!name) return null;
    const text = await this.repo.read(name);
    const ending = name.replace(/^.*\./, '.');
    const to = `${this.folder}/${idOf(name).slice(0, 10)}--moved-${this.token()}${ending}`;
    await this.repo.commit({ [name]: null, [to]: text });
    return `moves ${name} to ${to}`;
  }

  /** The event gets another id: for the other side the old one is gone and a new one is there. */
  async renameId() {
    const name = await this.choose();
    if (!name) return null;
    const text = await this.repo.read(name);
    const ending = name.replace(/^.*\./, '.');
    const id = `${idOf(name).slice(0, 10)}--${this.token()}`;
    if (!/^\d{4}-\d\d-\d\d/.test(id) || !text.includes(idOf(name))) return null;
    await this.repo.commit({ [name]: null, [`${this.folder}/${id}${ending}`]: text.replace(idOf(name), id) });
    return `renames ${name} to ${id}${ending}`;
  }

  /** A second file of the same event, in the other format. */
  async twin() {
    const names = await this.names();
    const name = names.filter((one) => one.endsWith('.json') && !names.includes(one.replace(/json$/, 'md')) && this.hot.has(idOf(one)))[0];
    if (!name) return null;
    let event;
    try {
      event = JSON.parse(await this.repo.read(name));
    } catch {
      return null;
    }
    if (!event.date || !event.title || typeof (event.summary ?? '') !== 'string') return null;
    await this.repo.commit({ [name.replace(/json$/, 'md')]: asMarkdown({ ...event, summary: event.summary || 'Text.' }) });
    return `adds a twin of ${name}`;
  }

  async break() {
    const name = await this.choose();
    if (!name || this.broken.has(name)) return null;
    this.broken.set(name, await this.repo.read(name));
    await this.repo.commit({ [name]: name.endsWith('.md') ? '---\ntitle: A: b: c\ndate: 2001-01-01\n---\n' : '{"title": ' });
    return `breaks ${name}`;
  }

  async mend() {
    const name = this.random.pick([...this.broken.keys()]);
    if (!name) return null;
    const text = this.broken.get(name);
    this.broken.delete(name);
    await this.repo.commit({ [name]: text });
    return `mends ${name}`;
  }

  /** History is rewritten: some commits back, and on from there. */
  async forcePush() {
    const log = (await this.repo.git(['rev-list', '--first-parent', '--max-count=12', this.repo.branch])).split('\n');
    const back = log[Math.min(log.length - 1, 1 + this.random.int(6))];
    if (!back) return null;
    await this.repo.setBranch(this.repo.branch, back);
    this.broken.clear();
    return `force-pushes back to ${back.slice(0, 8)}`;
  }

  act() {
    const what = this.random.weighted([[50, 'edit'], [8, 'add'], [5, 'remove'], [4, 'rename'], [3, 'renameId'], [3, 'twin'], [3, 'break'], [6, 'mend'], [3, 'forcePush']]);
    return this[what]();
  }
}
