/** The browser's own fetch, which knows its proxy. */

/** The fetch of the page. */
export function proxiedFetch(): Promise<typeof fetch> {
  return Promise.resolve(fetch.bind(globalThis));
}
