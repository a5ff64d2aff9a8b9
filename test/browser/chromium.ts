import { existsSync } from 'node:fs';
import { launch, type Browser } from 'puppeteer-core';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/**
 * Starts the Chromium of the system without a window.
 * @throws Error when there is none; the variable `CHROMIUM` may name its file
 */
export async function launchChromium(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? PLACES.find((place) => existsSync(place));
  if (executablePath === undefined) {
    throw new Error(
      'No Chromium is installed. On Debian: apt-get install chromium. Or name its file in CHROMIUM.',
    );
  }
  // Chromium's sandbox does not work for root, and the page is our own.
  return launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}
