import type { Browser } from 'playwright-core';

/** A headless browser with a profile of its own. Close it. */
export function openBrowser(): Promise<Browser>;
