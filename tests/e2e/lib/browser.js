// Debian's Chromium through playwright-core, for looking at pages as people do.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { tempDir } from './temp.js';

const EXECUTABLE = '/usr/bin/chromium';
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export const SIZES = { wide: { width: 1280, height: 900 }, narrow: { width: 375, height: 812 } };

/** Starts a browser. Names `*.localhost` reach 127.0.0.1 in it; the test's own certificates are accepted. */
export async function startBrowser() {
  return new Browser(await chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS }));
}

class Browser {
  constructor(browser) {
    this.browser = browser;
  }

  /**
   * A page in a context of its own. `size`: `wide` or `narrow` (or `{width, height}`); `scheme`: `light` or `dark`;
   * `javaScript: false` for the page without scripts (not for axe-core, which hangs there). `page.problems` collects
   * errors of scripts, broken requests and breaches of the content security policy.
   */
  async newPage({ size = 'wide', scheme = 'light', javaScript = true, ...more } = {}) {
    const context = await this.browser.newContext({ ignoreHTTPSErrors: true, viewport: SIZES[size] ?? size,
      colorScheme: scheme, javaScriptEnabled: javaScript, reducedMotion: 'reduce', ...more });
    const page = await context.newPage();
    page.setDefaultTimeout(15000);
    page.problems = [];
    page.on('pageerror', (error) => page.problems.push(error.message));
    page.on('console', (message) => message.type() === 'error' && page.problems.push(message.text()));
    page.on('requestfailed', (request) => page.problems.push(`${request.url()} ${request.failure()?.errorText}`));
    return page;
  }

  stop() {
    return this.browser.close();
  }
}

let folder;

/** Saves the whole page as NAME.png in TIDELINE_SCREENSHOTS (default: a temporary folder) and answers the path. */
export async function screenshot(page, name, options = {}) {
  folder ??= process.env.TIDELINE_SCREENSHOTS ?? tempDir('screenshots');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${name}.png`);
  await page.screenshot({ path: file, fullPage: true, animations: 'disabled', ...options });
  return file;
}
