// Event files for tests, written by hand in the style of real timelines, and a generator of timelines of any size.

export const EVENTS = 'timeline_data/events';

const canal = `---
id: 1869-11-17--suez-canal-opens
date: '1869-11-17'
title: The Suez Canal Opens and Shortens the Sea Route Between Europe and Asia by
  Seven Thousand Kilometres
importance: 9
tags:
- infrastructure
- trade
- egypt
actors:
- Ferdinand de Lesseps
- Isma'il Pasha
sources:
- url: https://archive.example.org/suez/opening
  title: 'The opening of the canal: an eyewitness report'
  publisher: Example Archive
  date: '1869-11-18'
  tier: 1
- url: https://library.example.org/suez
  title: A short history of the canal
  outlet: Example Library
  date: 1869
  tier: 2
status: confirmed
---

The canal between Port Said and Suez was opened to ships of all nations after ten years of work.

## What changed

- Ships no longer had to round the Cape.
- The lighthouse at Port Said was the first built of concrete.
`;

const cable = `---
id: 1858-08-16--first-transatlantic-telegraph-message
date: 1858-08-16
title: "First message crosses the Atlantic: \\"Glory to God in the highest\\""
summary: |
  A copper cable on the sea floor carried a message of 98 words in sixteen hours.

  It failed three weeks later.
importance: 8
tags:
  - telegraph
  - "#cables"
actors:
  - Queen Victoria
  - James Buchanan
sources:
  - title: Telegram of the Queen, facsimile
    url: https://archive.example.org/telegram?a=1&b=2
    tier: 1
location: Valentia Island / Trinity Bay
status: confirmed
# reviewed twice
notes: 'The operators'' log gives 17:00 local time'
---
The cable was laid by two ships that met in mid-ocean.
`;

const metre = `{
  "id": "1875-05-20--metre-convention-signed",
  "date": "1875-05-20",
  "title": "Seventeen States Sign the Metre Convention in Paris",
  "summary": "The treaty created a permanent bureau for weights and measures at S\\u00e8vres and agreed on one metre and one kilogram for all.",
  "importance": 7,
  "tags": [
    "standards",
    "treaties"
  ],
  "actors": [
    "Bureau international des poids et mesures"
  ],
  "status": "confirmed",
  "sources": [
    {
      "url": "https://archive.example.org/metre",
      "title": "Text of the convention",
      "publisher": "Example Archive",
      "tier": 1
    }
  ]
}
`;

const quake = `id: 1755-11-01--lisbon-earthquake
date: "1755-11-01"
title: Earthquake, Fire and Flood Destroy Lisbon on All Saints' Day
summary: >-
  Three shocks within ten minutes were followed by a wave from the sea and fires that burned for five days.
importance: 10
tags: [disasters, portugal]
sources:
- title: Letters of a merchant
  url: null
  date: 1755-11
status: disputed
casualties:
  estimate: 30000
  range: {low: 20000, high: 60000}
`;

const museum = `---
id: 1793-08-10--louvre-opens-to-the-public
date: '1793-08-10'
title: "Le Louvre s'ouvre au public – 537 tableaux exposés"
importance: 6
tags:
- museums
- france
sources:
- url: https://library.example.org/louvre
  title: Catalogue des objets contenus dans la galerie
  tier: 2
---

Un samedi sur dix jours était réservé au public. 入場は無料だった。
`;

const twinMarkdown = `---
id: 1884-10-13--greenwich-chosen-as-prime-meridian
date: '1884-10-13'
title: Greenwich Chosen as the Prime Meridian
importance: 7
tags:
- standards
sources:
- url: https://archive.example.org/meridian
  title: Protocols of the conference
  tier: 1
status: confirmed
---

Twenty-two of twenty-five states voted for it.
`;

const twinJson = `{
  "id": "1884-10-13--greenwich-chosen-as-prime-meridian",
  "date": "1884-10-13",
  "title": "Greenwich Chosen as the Prime Meridian",
  "summary": "Twenty-two of twenty-five states voted for it.",
  "importance": 7,
  "tags": ["standards"],
  "sources": [{"url": "https://archive.example.org/meridian", "title": "Protocols of the conference", "tier": 1}],
  "status": "confirmed"
}
`;

const readme = '# Events\n\nOne file per event. This file is not one.\n';

/** Six good events in seven files (one id has a Markdown and a JSON file), and two files that are no events. */
export function sampleEvents(folder = EVENTS) {
  return {
    [`${folder}/1869-11-17--suez-canal-opens.md`]: canal,
    [`${folder}/1858-08-16--first-transatlantic-telegraph-message.md`]: cable,
    [`${folder}/1875-05-20--metre-convention-signed.json`]: metre,
    [`${folder}/1755-11-01--lisbon-earthquake.yaml`]: quake,
    [`${folder}/1793-08-10--louvre-opens-to-the-public.md`]: museum,
    [`${folder}/1884-10-13--greenwich-chosen-as-prime-meridian.md`]: twinMarkdown,
    [`${folder}/1884-10-13--greenwich-chosen-as-prime-meridian.json`]: twinJson,
    [`${folder}/README.md`]: readme,
    [`${folder}/_index.md`]: '---\ntitle: Index\n---\n',
    'README.md': '# A sample timeline\n',
  };
}

export const SAMPLE_IDS = ['1755-11-01--lisbon-earthquake', '1793-08-10--louvre-opens-to-the-public',
  '1858-08-16--first-transatlantic-telegraph-message', '1869-11-17--suez-canal-opens',
  '1875-05-20--metre-convention-signed', '1884-10-13--greenwich-chosen-as-prime-meridian'];

const minimal = (id, title = 'A plain event', more = '') =>
  `---\nid: ${id}\ndate: '${/^\d{4}-\d\d-\d\d/.exec(id)?.[0] ?? '1900-01-01'}'\ntitle: ${title}\n${more}sources:\n`
  + '- title: A source\n  url: https://archive.example.org/x\n---\nText.\n';

/**
 * Entries that an import must survive: `{path, value, why}`; `value` is for `BareRepo.commit`. `good` says that the
 * file holds an event that can be imported (if with a warning).
 */
export function hostileEntries(folder = EVENTS) {
  const row = (name, value, good, why) => ({ path: `${folder}/${name}`, value, good, why });
  return [
    row('1901-01-01--unquoted-colon.md', minimal('1901-01-01--unquoted-colon', 'Title: with a colon: twice'), false, 'not YAML'),
    row('1901-01-02--duplicate-key.md', minimal('1901-01-02--duplicate-key', 'Twice', 'title: again\n'), false, 'a key twice'),
    row('1901-01-03--no-date.md', '---\ntitle: No date\n---\n', false, 'no date'),
    row('1901-01-04--open.md', '---\ntitle: never closed\n', false, 'front matter never ends'),
    row('1901-01-05--broken.json', '{"id": "1901-01-05--broken", "title": ', false, 'JSON cut off'),
    row('1901-01-06--alias.md', minimal('1901-01-06--alias', 'Alias', 'tags: &a [x]\nactors: *a\n'), false, 'anchor and alias'),
    row('1901-01-07--deep.yaml', `id: 1901-01-07--deep\nx: ${'['.repeat(5000)}\n`, false, 'nested too deep'),
    row('1901-01-08--latin1.md', Buffer.from(minimal('1901-01-08--latin1', 'Caf\u00e9'), 'latin1'), false, 'not UTF-8'),
    row('1901-01-09--nan.json', '{"id":"1901-01-09--nan","date":"1901-01-09","title":"N","importance":NaN}', false, 'NaN'),
    row('1901-01-10--huge.md', minimal('1901-01-10--huge') + 'x'.repeat((1 << 20) + 1), false, 'over 1 MiB'),
    row('1901-01-11--symlink.md', { mode: '120000', content: '../../../../etc/passwd' }, false, 'a symlink'),
    row('1901-01-12--submodule.md', { commit: '1'.repeat(40) }, false, 'a submodule'),
    row('sub/1901-01-13--nested.md', minimal('1901-01-13--nested'), false, 'in a folder below'),
    row('1901-01-14--bidi.md', minimal('1901-01-14--bidi', 'Over\u202eride'), false, 'a bidirectional override in the title'),
    row('1901-01-15--empty.md', '', false, 'an empty file'),
    row('1901-01-16--crlf.md', minimal('1901-01-16--crlf').replaceAll('\n', '\r\n'), true, 'CRLF'),
    row('1901-01-17--bom.md', `\ufeff${minimal('1901-01-17--bom')}`, true, 'a byte-order mark'),
    row('1901-01-18--comment-tag.md', minimal('1901-01-18--comment-tag', 'Cut here #B', 'tags:\n- #MeToo\n- kept\n'), true,
      'a comment where a tag was meant'),
    row('1901-01-19--other-name.md', minimal('1901-01-19--inside'), true, 'the id inside differs from the name'),
    row("1901-01-20--it's, $5% (\u00e9) \"q\".md", minimal('x').replace('id: x\n', ''), true, 'no id inside, an odd name'),
    row('1901-01-21--executable.md', { mode: '100755', content: minimal('1901-01-21--executable') }, true, 'mode 100755'),
    row('1901-01-22--script.md', minimal('1901-01-22--script', '"<script>alert(1)</script>\'\\" onload=x"'), true, 'markup in the title'),
    row('notes.txt', 'not an event\n', false, 'another extension'),
  ];
}

// ---- generated timelines

export const WORDS = `archive bridge canal census charter coast council court district election factory ferry festival
flood granary guild harbour hospital inquiry journal junction lamp ledger library market mayor meadow mill minister
museum observatory orchard parliament petition port press province quay railway reform registry report river road
school senate settlement signal station strike survey tariff theatre tower treaty tribunal tunnel union village
vote ward warehouse weir wharf`.split(/\s+/);
export const NAMES = ['Ada Lindqvist', 'Bram Okafor', 'Carmen Vidal', 'Dmitri Halász', 'Elif Yıldız', 'Farah Nadir',
  'Gustav Møller', 'Hana Kobayashi', 'The Harbour Board', 'Ministry of Works', 'Union of Printers', "O'Neill & Sons"];
const STATUSES = ['confirmed', 'confirmed', 'confirmed', 'disputed', 'reported', null, null];

/** mulberry32: small, fast, and the same everywhere. */
function randomOf(seed) {
  let a = seed >>> 0;
  return (below) => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const unique = (items) => [...new Set(items)];
const capital = (word) => word[0].toUpperCase() + word.slice(1);

function words(random, count) {
  const list = [];
  for (let i = 0; i < count; i++) list.push(WORDS[random(WORDS.length)]);
  return list;
}

function paragraph(random) {
  const sentences = [];
  for (let i = 3 + random(4); i > 0; i--) sentences.push(`${capital(words(random, 10 + random(14)).join(' '))}.`);
  return sentences.join(' ');
}

/** The fields of event number `i`; another `round` gives the same id and date with other content. */
export function generatedEvent(i, { seed = 1, round = 0 } = {}) {
  const fixed = randomOf(Math.imul(seed, 0x9e3779b1) ^ Math.imul(i + 1, 0x85ebca6b));
  const year = 1700 + fixed(320);
  const two = (number) => String(number).padStart(2, '0');
  const date = `${year}-${two(1 + fixed(12))}-${two(1 + fixed(28))}`;
  const id = `${date}--${words(fixed, 4).join('-')}-${i}`;
  const random = randomOf(Math.imul(fixed(1 << 30) + 1, 0xc2b2ae35) + round);
  const sources = Array.from({ length: 1 + random(3) }, (_, n) => ({
    url: `https://archive.example.org/${i}/${n}?r=${random(1 << 20)}`,
    title: words(random, 5).join(' '), publisher: `Example ${capital(WORDS[random(WORDS.length)])}`, date, tier: 1 + random(3) }));
  return { id, date, title: capital(words(random, 7 + random(6)).join(' ')), importance: 1 + random(10),
    tags: unique(words(random, 3 + random(5))),
    actors: unique(Array.from({ length: 1 + random(4) }, () => NAMES[random(NAMES.length)])),
    sources, status: STATUSES[random(STATUSES.length)],
    body: Array.from({ length: 1 + random(4) }, () => paragraph(random)).join('\n\n') };
}

const plain = (text) => (/^[\w"][^:#]*$/.test(text) && !text.includes('"') ? text : `'${text.replaceAll("'", "''")}'`);
const list = (key, items) => `${key}:\n${items.map((item) => `- ${plain(item)}\n`).join('')}`;

/** An event's fields as a Markdown file with front matter. */
export function asMarkdown(event) {
  const sources = event.sources.map((s) => `- url: ${s.url}\n  title: ${plain(s.title)}\n  publisher: ${plain(s.publisher)}\n`
    + `  date: '${s.date}'\n  tier: ${s.tier}\n`);
  return `---\nid: ${event.id}\ndate: '${event.date}'\ntitle: ${plain(event.title)}\nimportance: ${event.importance}\n`
    + `${list('tags', event.tags)}${list('actors', event.actors)}sources:\n${sources.join('')}`
    + `${event.status ? `status: ${event.status}\n` : ''}---\n\n${event.body}\n`;
}

/** An event's fields as a JSON file, the body as `summary`. */
export function asJson({ body, status, ...event }) {
  return `${JSON.stringify({ ...event, summary: body, ...(status ? { status } : {}) }, null, 2)}\n`;
}

/**
 * The files of event number `i`: Markdown; for one in 128 JSON; for one in 16 both, as in real timelines.
 * Answers `[[path, text], …]`.
 */
export function generatedFiles(i, { folder = EVENTS, ...options } = {}) {
  const event = generatedEvent(i, options);
  const markdown = () => [`${folder}/${event.id}.md`, asMarkdown(event)];
  const json = () => [`${folder}/${event.id}.json`, asJson(event)];
  if (i % 128 === 127) return [json()];
  return i % 16 === 15 ? [markdown(), json()] : [markdown()];
}

/** All files of a timeline of `count` events, for `createBareRepo` or `commitMany`. `from` skips the first ones. */
export function* generatedTimeline(count, { from = 0, ...options } = {}) {
  yield [`${options.folder ?? EVENTS}/README.md`, readme];
  for (let i = from; i < count; i++) yield* generatedFiles(i, options);
}
