/** The search box of the book's pages: results as one types, chosen with the arrow keys; "/" leads to it from anywhere. */
interface Found {
  id: string;
  title: string;
  chapter: string;
  terms: string[];
}
interface SearchIndex {
  search(query: string, options: { prefix: boolean; fuzzy: number; boost: Record<string, number> }): Found[];
}
declare const MiniSearch: { loadJSON(json: string, options: object): SearchIndex };

{
  interface Book {
    index: string;
    options: { fields: string[]; storeFields: string[] };
  }
  const maxResults = 12;
  const input = document.querySelector<HTMLInputElement>("#search");
  const results = document.querySelector<HTMLOListElement>("#results");
  const state = document.querySelector<HTMLParagraphElement>("#search-state");
  if (!input || !results || !state) throw new Error("the page has no search box");

  /** The index, which is fetched with the first letter: most readers of a page look for nothing. */
  let loading: Promise<SearchIndex> | undefined;
  const load = (): Promise<SearchIndex> =>
    new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = "search-index.js";
      script.addEventListener("load", () => {
        const { index, options } = (globalThis as unknown as { residencyBook: Book }).residencyBook;
        resolve(MiniSearch.loadJSON(index, options));
      });
      script.addEventListener("error", () =>
        reject(new Error("search-index.js is missing beside this page")),
      );
      document.head.append(script);
    });

  let selected = -1;
  const links = (): HTMLAnchorElement[] => [...results.querySelectorAll("a")];
  const select = (index: number): void => {
    const all = links();
    selected = all.length === 0 ? -1 : (index + all.length) % all.length;
    for (const [place, link] of all.entries()) {
      const isSelected = place === selected;
      link.parentElement?.setAttribute("aria-selected", String(isSelected));
      if (isSelected) link.scrollIntoView({ block: "nearest" });
    }
    const id = all[selected]?.parentElement?.id;
    if (id === undefined) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", id);
  };
  const say = (text: string): void => {
    state.textContent = text;
    state.hidden = text === "";
  };
  /** A sentence in the page's language, which stands in the page. */
  const filled = (sentence: string, name: string, value: string): string =>
    (state.dataset[sentence] ?? `{${name}}`).split(`{${name}}`).join(value);
  const close = (): void => {
    results.hidden = true;
    input.setAttribute("aria-expanded", "false");
    say("");
    select(-1);
  };

  /** A text with the words that were looked for set apart; no text becomes markup. */
  const marked = (text: string, terms: readonly string[]): (Node | string)[] => {
    const escaped = terms.map((term) => term.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    if (escaped.length === 0) return [text];
    return text.split(new RegExp(`(${escaped.join("|")})`, "i")).map((part, index) => {
      if (index % 2 === 0) return part;
      const mark = document.createElement("mark");
      mark.textContent = part;
      return mark;
    });
  };

  const search = async (): Promise<void> => {
    const query = input.value.trim();
    if (query === "") {
      close();
      return;
    }
    try {
      const index = await (loading ??= load());
      if (input.value.trim() !== query) return;
      const found = index.search(query, { prefix: true, fuzzy: 0.15, boost: { title: 3, chapter: 1.5 } });
      results.replaceChildren(
        ...found.slice(0, maxResults).map(({ id, title, chapter, terms }, place) => {
          const [item, link, small] = [
            document.createElement("li"),
            document.createElement("a"),
            document.createElement("small"),
          ];
          item.id = `result-${place}`;
          item.setAttribute("role", "option");
          link.href = id;
          small.textContent = chapter;
          link.append(...marked(title, terms), small);
          item.append(link);
          return item;
        }),
      );
      results.hidden = found.length === 0;
      input.setAttribute("aria-expanded", String(found.length > 0));
      say(found.length === 0 ? filled("nothing", "query", query) : "");
      select(0);
    } catch (error) {
      loading = undefined;
      say(filled("failed", "reason", error instanceof Error ? error.message : String(error)));
    }
  };

  input.addEventListener("input", () => void search());
  input.addEventListener("focus", () => void search());
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") select(selected + 1);
    else if (event.key === "ArrowUp") select(selected - 1);
    else if (event.key === "Enter") links()[selected]?.click();
    else if (event.key === "Escape") {
      close();
      input.blur();
    } else return;
    event.preventDefault();
  });
  results.addEventListener("click", () => close());
  document.addEventListener("click", ({ target }) => {
    if (target instanceof Node && !input.parentElement?.contains(target)) close();
  });
  document.addEventListener("keydown", (event) => {
    const isTyping =
      event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    input.focus();
  });
}
