/** The browser of tests that look at a page. */
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";

/** Chromium's program, or undefined where there is none. */
export function findChromium(): string | undefined {
  const known = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  return [process.env["RESIDENCY_CHROMIUM"], ...known].find((file) => file !== undefined && existsSync(file));
}

/** What is missing for tests with Chromium, as a sentence, or undefined when they can run. */
export function missingChromium(): string | undefined {
  return findChromium() === undefined
    ? "Chromium is not installed; RESIDENCY_CHROMIUM names the program"
    : undefined;
}

/** Starts Chromium without a window. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium() ?? "",
    args: ["--disable-gpu", "--no-first-run", "--disable-background-networking"],
  });
}
