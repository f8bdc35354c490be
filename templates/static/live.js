// Fetches a page again while something is running on it and swaps its <main>. Everything works without it.
'use strict';
(() => {
  const FIRST_MS = 1500;
  const LONGEST_MS = 15000;
  let wait = FIRST_MS;

  const swap = (text) => {
    const fresh = new DOMParser().parseFromString(text, 'text/html');
    const main = fresh.querySelector('main');
    const old = document.querySelector('main');
    if (!main) return false;
    if (main.innerHTML !== old.innerHTML) {
      const held = old.contains(document.activeElement) && document.activeElement.getAttribute('href');
      old.replaceWith(main);
      document.title = fresh.title;
      if (held) main.querySelector(`a[href="${CSS.escape(held)}"]`)?.focus();
      wait = FIRST_MS;
    } else {
      wait = Math.min(wait * 1.5, LONGEST_MS);
    }
    return main.hasAttribute('data-live');
  };

  const look = async () => {
    let again = true;
    if (!document.hidden) {
      try {
        const answer = await fetch(location.href, { headers: { Accept: 'text/html' } });
        again = swap(await answer.text());
      } catch {
        wait = LONGEST_MS;
      }
    }
    if (again) setTimeout(look, wait);
  };

  setTimeout(look, wait);
})();
