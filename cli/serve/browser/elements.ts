/** Finds the parts of the page. */

/** The element of an id; the page and its script come from one server, so one that is missing is a fault. */
export function element<E extends HTMLElement>(id: string, type: new () => E): E {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} "${id}"`);
  return found;
}
