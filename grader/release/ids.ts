/** Stable cell ids: a cell is named by its own id, else by the heading it stands under and its place there. */

/** Hands out ids that are unique in one notebook and only change when the text around them does. */
export function createIdSource(reserved: Iterable<string>): {
  /** A heading was met: later ids are derived from it. */
  heading(text: string): void;
  /** The next free id under the current heading. */
  next(): string;
} {
  const used = new Set(reserved);
  let section = "start";
  return {
    heading(text) {
      const slug = slugOf(text);
      if (slug !== "") section = slug;
    },
    next() {
      let place = 1;
      while (used.has(`${section}-${place}`)) place += 1;
      const id = `${section}-${place}`;
      used.add(id);
      return id;
    },
  };
}

function slugOf(text: string): string {
  return text
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 48)
    .replaceAll(/^-+|-+$/g, "");
}
