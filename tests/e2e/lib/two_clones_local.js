// This side of two_clones.js: people (and programs) who edit, add, delete, validate and decide in the database.
import { execute, query } from './database.js';

const quote = (text) => `'${text.replaceAll("'", "''")}'`;
const asList = (value) => (Array.isArray(value) ? value : []);

/** Edits of an event's fields. Each leaves a token that says which edit it was, where there is a place for one. */
const edits = {
  title: (event, token) => { event.title = `Here ${token}`; },
  titleMore: (event, token) => { event.title = `${event.title} ${token}`; },
  text: (event, token) => { const key = 'body' in event ? 'body' : 'summary'; event[key] = `${event[key] ?? ''}\n\nFrom here ${token}.`; },
  textFirst: (event, token) => { const key = 'body' in event ? 'body' : 'summary'; event[key] = `Begun here ${token}.\n\n${event[key] ?? ''}`; },
  tag: (event, token) => { event.tags = [...asList(event.tags), token]; },
  actor: (event, token) => { event.actors = [...asList(event.actors), `Person ${token}`]; },
  source: (event, token) => { event.sources = [...asList(event.sources), { title: `Here ${token}`, url: `https://example.org/${token}` }]; },
  outlet: (event, token) => {
    const [first, ...rest] = asList(event.sources);
    if (first && typeof first === 'object') event.sources = [{ ...first, outlet: `Outlet ${token}` }, ...rest];
  },
  field: (event, token) => { event[`note_${token}`] = token; },
  importance: (event, _token, random) => { event.importance = 1 + random.int(10); },
  untag: (event, _token, random) => {
    const tags = asList(event.tags);
    if (tags.length > 1) event.tags = tags.filter((_, i, all) => i !== random.int(all.length));
  },
};

export class Local {
  constructor({ cli, database, random, token, hot, commands, model }) {
    Object.assign(this, { cli, database, random, token, hot, commands, model });
  }

  async choose(where = '1') {
    const rows = await query(this.database, `SELECT t.id FROM tl_event t JOIN timeline_events r ON r.id = t.id WHERE t.state <> 'gone' AND t.removed = 0 AND ${where} ORDER BY t.id`);
    const hot = rows.filter((row) => this.hot.has(row.id));
    return (this.random.chance(0.9) && hot.length ? this.random.pick(hot) : this.random.pick(rows))?.id;
  }

  async content(id) {
    const [row] = await query(this.database, `SELECT json_content FROM timeline_events WHERE id = ${quote(id)}`);
    return row?.json_content;
  }

  async edit() {
    const id = await this.choose();
    if (!id) return null;
    const before = await this.content(id);
    const event = JSON.parse(before);
    const token = this.token();
    edits[this.random.pick(Object.keys(edits))](event, token, this.random);
    const after = JSON.stringify(event);
    if (after === JSON.stringify(JSON.parse(before))) return null;
    const here = this.commands.has('event edit') && event.id === id && this.random.chance(0.7);
    if (here) {
      const { code, json } = await this.cli.run('event', 'edit', id, '-', { input: after });
      if (code !== 0) throw new Error(`event edit ${id}: ${JSON.stringify(json)}\n${after}`);
    } else {
      await execute(this.database, `UPDATE timeline_events SET json_content = ${quote(after)} WHERE id = ${quote(id)}`);
    }
    this.model.wrote(id, before, after);
    return `${here ? 'edits' : 'edits by SQL'} ${id} ${token}`;
  }

  async add() {
    const token = this.token();
    const id = this.random.chance(0.4) ? `1901-05-0${1 + this.random.int(8)}--both-${this.random.int(4)}` : `1903-01-01--${token}`;
    const event = { id, date: id.slice(0, 10), title: `Added here ${token}`, importance: 5, tags: ['added'], actors: ['Somebody'],
      sources: [{ title: 'A source', url: `https://example.org/${token}` }], summary: `Text ${token}.` };
    const { code, json } = await this.cli.run('event', 'add', '-', { input: JSON.stringify(event) });
    if (code !== 0 && json.code === 'already_exists') return null;
    if (code !== 0) throw new Error(`event add ${id}: ${JSON.stringify(json)}`);
    this.hot.add(id);
    this.model.wrote(id, '', JSON.stringify(event));
    return `adds ${id} ${token}`;
  }

  async remove() {
    const id = await this.choose();
    if (!id) return null;
    const before = await this.content(id);
    const here = this.commands.has('event delete') && this.random.chance(0.8);
    if (!here && !this.commands.has('event delete')) return null;
    if (here) await this.cli.must('event', 'delete', id);
    else await execute(this.database, `PRAGMA foreign_keys=OFF; DELETE FROM event_metadata WHERE event_id = ${quote(id)}; DELETE FROM event_export_status WHERE event_id = ${quote(id)}; DELETE FROM timeline_events WHERE id = ${quote(id)}`);
    this.model.removed(id, before);
    return `${here ? 'deletes' : 'deletes by SQL'} ${id}`;
  }

  /** Most of what waits is validated, some of it is rejected. */
  async validate() {
    const rows = (await this.cli.must('event', 'list', '--state', 'draft', '--limit', '100')).events.map((row) => row.id).sort();
    const done = [];
    for (const id of rows) {
      if (this.random.chance(0.35)) continue;
      const status = this.random.chance(0.9) ? 'validated' : 'rejected';
      const { code, json } = await this.cli.run('event', 'validate', id, '--status', status, ...(status === 'rejected' ? ['--notes', 'No'] : []));
      if (code !== 0) throw new Error(`event validate ${id}: ${JSON.stringify(json)}`);
      done.push(`${id} ${status}`);
    }
    return done.length ? `validates ${done.join(', ')}` : null;
  }

  /** What was rejected gets another chance. */
  async reconsider() {
    const id = await this.choose("t.state = 'rejected'");
    if (!id) return null;
    await this.cli.must('event', 'validate', id, '--status', 'pending');
    return `reconsiders ${id}`;
  }

  async conflicts() {
    return query(this.database, 'SELECT c.event_id id, c.ours, c.theirs, r.json_content now FROM tl_conflict c LEFT JOIN timeline_events r ON r.id = c.event_id ORDER BY 1');
  }

  async resolve() {
    if (!this.commands.has('conflict resolve')) return null;
    const conflict = this.random.pick(await this.conflicts());
    if (!conflict) return null;
    const { id } = conflict;
    const way = this.random.pick(['ours', 'theirs', 'fields', 'written']);
    const args = ['conflict', 'resolve', id];
    let input;
    if (way === 'written' && conflict.ours && conflict.theirs) {
      const token = this.token();
      input = JSON.stringify({ ...JSON.parse(conflict.theirs), ...JSON.parse(conflict.ours), title: `Decided ${token}` });
      args.push('--take', '-');
    } else if (way === 'fields' && conflict.ours && conflict.theirs) {
      const { conflict: { fields } } = await this.cli.must('conflict', 'show', id);
      for (const { field } of fields) args.push('--field', `${field}=${this.random.pick(['ours', 'theirs'])}`);
    } else {
      args.push('--take', way === 'theirs' ? 'theirs' : 'ours');
    }
    const { code, json } = await this.cli.run(...args, input ? { input } : {});
    if (code !== 0) throw new Error(`${args.join(' ')}: ${JSON.stringify(json)}\n${input ?? ''}`);
    this.model.decided(id, [conflict.ours, conflict.theirs, conflict.now, input ?? ''].join('\n'), (await this.here(id)) ?? '');
    return `decides ${args.slice(2).join(' ')}`;
  }

  /** The content of an event that is there and not removed. */
  async here(id) {
    const [row] = await query(this.database, `SELECT r.json_content c FROM timeline_events r JOIN tl_event t ON t.id = r.id WHERE t.id = ${quote(id)} AND t.removed = 0`);
    return row?.c;
  }

  async undo() {
    const id = this.commands.has('conflict undo') && this.random.pick([...this.model.decisions.keys()].sort());
    if (!id) return null;
    const { code, json } = await this.cli.run('conflict', 'undo', id);
    if (code !== 0 && json.code !== 'nothing_to_do' && json.code !== 'not_found') throw new Error(`conflict undo ${id}: ${JSON.stringify(json)}`);
    if (code === 0) this.model.undone(id);
    return `takes back the decision about ${id}: ${code === 0 ? 'done' : json.code}`;
  }

  async restore() {
    const id = this.commands.has('event restore') && this.random.pick((await query(this.database, 'SELECT id FROM tl_event WHERE removed = 1 AND state <> \'gone\' ORDER BY id')).map((row) => row.id));
    if (!id) return null;
    const { code, json } = await this.cli.run('event', 'restore', id);
    if (code !== 0) throw new Error(`event restore ${id}: ${JSON.stringify(json)}`);
    this.model.wrote(id, '', (await this.content(id)) ?? '');
    return `restores ${id}`;
  }

  act() {
    const what = this.random.weighted([[40, 'edit'], [8, 'add'], [4, 'remove'], [25, 'validate'], [4, 'reconsider'], [14, 'resolve'], [3, 'undo'], [2, 'restore']]);
    return this[what]();
  }
}
