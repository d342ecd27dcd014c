/** Where Chromium is, for tests of what a browser does. */
import { existsSync } from "node:fs";

/** Debian's Chromium, or the program that RESIDENCY_CHROMIUM names; undefined when there is none. */
export function findChromium(): string | undefined {
  const known = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  return [process.env["RESIDENCY_CHROMIUM"], ...known].find((file) => file !== undefined && existsSync(file));
}
