// Fetches a page again while something is running on it and swaps its <main>. Everything works without it.
'use strict';
(() => {
  const FIRST_MS = 700;
  const LONGEST_MS = 15000;
  let wait = FIRST_MS;
  let timer = 0;
  let shown = '';

  // Said to screen readers, and seldom: the text changes with the phase and at every quarter only.
  const voice = document.createElement('p');
  voice.className = 'hidden';
  voice.setAttribute('role', 'status');
  document.body.append(voice);
  const say = (main) => {
    const text = main.querySelector('[data-say]')?.dataset.say ?? main.querySelector('h1')?.textContent ?? '';
    if (voice.textContent !== text) voice.textContent = text;
  };

  // The token of a form is another one each time; it is no news.
  const newsOf = (main) => {
    const copy = main.cloneNode(true);
    for (const field of copy.querySelectorAll('input[name=csrf]')) field.remove();
    for (const details of copy.querySelectorAll('details')) details.removeAttribute('open');
    return copy.innerHTML;
  };

  const all = (main, what) => [...main.querySelectorAll(what)];
  const nameOf = (element) => element.id || element.getAttribute('href') || element.textContent.trim();
  const PRESSED = 'a, button, input, select, textarea, summary, [tabindex]';

  // What somebody opened stays open, and where somebody is stays where they are.
  const keep = (old, fresh) => {
    const open = all(old, 'details[open] > summary').map(nameOf);
    for (const summary of all(fresh, 'details > summary')) if (open.includes(nameOf(summary))) summary.parentNode.open = true;
    const held = document.activeElement;
    if (held === old) return fresh;
    if (!old.contains(held)) return null;
    return all(fresh, PRESSED).find((one) => one.tagName === held.tagName && nameOf(one) === nameOf(held)) ?? fresh;
  };

  const swap = (text) => {
    const page = new DOMParser().parseFromString(text, 'text/html');
    const fresh = page.querySelector('main');
    const old = document.querySelector('main');
    if (!fresh) return false;
    const news = newsOf(fresh);
    if (news === shown) {
      wait = Math.min(wait * 1.5, LONGEST_MS);
    } else {
      const focus = keep(old, fresh);
      old.replaceWith(fresh);
      document.title = page.title;
      focus?.focus({ preventScroll: true });
      say(fresh);
      shown = news;
      wait = FIRST_MS;
    }
    return fresh.hasAttribute('data-live');
  };

  const look = async () => {
    let again = true;
    timer = 0;
    if (document.hidden) {
      wait = LONGEST_MS;
    } else {
      try {
        const answer = await fetch(location.href, { headers: { Accept: 'text/html' }, redirect: 'manual' });
        // The page leads on: go there as a visitor, so that what it says once is seen.
        if (answer.type === 'opaqueredirect') return location.replace(location.href);
        again = answer.status >= 500 || swap(await answer.text());
      } catch {
        wait = LONGEST_MS;
      }
    }
    timer = again ? setTimeout(look, wait) : 0;
  };

  document.addEventListener('visibilitychange', () => {
    if (document.hidden || !timer) return;
    clearTimeout(timer);
    wait = FIRST_MS;
    look();
  });
  shown = newsOf(document.querySelector('main'));
  timer = setTimeout(look, wait);
})();
