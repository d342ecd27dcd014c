/** Server-sent events of a POST, which the browser's own EventSource cannot make. */

/** The data of each event of a response, parsed; ends with the response. */
export async function* eventsOf<Event>(response: Response): AsyncGenerator<Event, void, undefined> {
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      held += value;
      const events = held.split("\n\n");
      held = events.pop() ?? "";
      for (const event of events) {
        if (event.startsWith("data: ")) yield JSON.parse(event.slice("data: ".length)) as Event;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
