/** The messaging protocol in four tiers, from a first sign of life to shutdown, against an independent client. */
import assert from "node:assert/strict";
import { startProtocolKernel, type ProtocolKernel } from "../support/protocol-client.ts";
import { only, statesOf, textOf, typesOf } from "../support/protocol-exchange.ts";

describe("protocol conformance", function () {
  this.timeout(20_000);
  let kernel: ProtocolKernel;
  before(async () => {
    kernel = await startProtocolKernel();
    // The first answer of the compiler takes its time on a busy machine.
    await kernel.request("shell", "complete_request", { code: "1", cursor_pos: 1 });
  });
  after(() => kernel.stop());

  describe("tier 1: basic", () => {
    it("heartbeat comes back unchanged when bytes are sent", async () => {
      for (const bytes of [Buffer.from("ping"), Buffer.from([0, 255, 10]), Buffer.alloc(0)]) {
        assert.deepEqual(await kernel.heartbeat(bytes), bytes);
      }
    });

    it("iopub_welcome names the subscription when a client subscribes", async () => {
      const welcome = await kernel.find(({ header }) => header.msg_type === "iopub_welcome");
      assert.equal(welcome.channel, "iopub");
      assert.deepEqual(welcome.content, { subscription: "" });
      assert.deepEqual(welcome.parent_header, {});
    });

    it("kernel_info_reply describes kernel and language on shell and on control", async () => {
      for (const channel of ["shell", "control"] as const) {
        const { reply } = await kernel.request(channel, "kernel_info_request", {});
        const { content } = reply;
        assert.equal(reply.header.msg_type, "kernel_info_reply");
        assert.equal(content["status"], "ok");
        assert.match(String(content["protocol_version"]), /^5\.\d+$/);
        for (const key of ["implementation", "implementation_version", "banner"]) {
          assert.equal(typeof content[key], "string", key);
        }
        const language = content["language_info"] as Record<string, unknown>;
        for (const key of ["name", "version", "mimetype", "file_extension"]) {
          assert.equal(typeof language[key], "string", key);
        }
        assert.ok(Array.isArray(content["help_links"]));
      }
    });

    it("status is busy and then idle when a request is answered", async () => {
      assert.deepEqual(statesOf(await kernel.request("shell", "kernel_info_request", {})), ["busy", "idle"]);
    });

    it("stream carries standard output when a cell prints", async () => {
      const exchange = await kernel.execute("console.log('out'); process.stdout.write('put');");
      assert.equal(textOf(exchange, "stdout"), "out\nput");
      assert.equal(textOf(exchange, "stderr"), "");
    });

    it("stream carries standard error when a cell prints there", async () => {
      const exchange = await kernel.execute("console.error('trouble');");
      assert.equal(textOf(exchange, "stderr"), "trouble\n");
      assert.equal(textOf(exchange, "stdout"), "");
    });

    it("execute_input repeats the code before any output when a cell runs", async () => {
      const { published } = await kernel.execute("console.log(1);\n2");
      assert.deepEqual(typesOf(published), [
        ...["status", "execute_input", "stream", "execute_result", "status"],
      ]);
      assert.equal(published[1]?.content["code"], "console.log(1);\n2");
    });

    it("topics name the message when something is published", async () => {
      const { published } = await kernel.execute("3");
      for (const { topic, header } of published) assert.ok(topic.endsWith(header.msg_type), topic);
    });
  });

  describe("tier 2: interactive", () => {
    it("complete_reply gives members and the text that they replace", async () => {
      const code = "JSON.par";
      const { reply } = await kernel.request("shell", "complete_request", { code, cursor_pos: code.length });
      const { status, matches, cursor_start: start, cursor_end: end } = reply.content;
      assert.deepEqual([status, matches, start, end], ["ok", ["parse"], 5, 8]);
    });

    it("complete_reply counts code points when astral characters stand before the cursor", async () => {
      const code = "'😀😀'; JSON.par";
      const { reply } = await kernel.request("shell", "complete_request", { code, cursor_pos: 14 });
      const { matches, cursor_start: start, cursor_end: end } = reply.content;
      assert.deepEqual([matches, start, end], [["parse"], 11, 14]);
    });

    it("inspect_reply documents a name that is known", async () => {
      const content = { code: "JSON.stringify", cursor_pos: 8, detail_level: 0 };
      const { reply } = await kernel.request("shell", "inspect_request", content);
      assert.equal(reply.content["status"], "ok");
      assert.equal(reply.content["found"], true);
      const data = reply.content["data"] as Record<string, string>;
      assert.match(data["text/plain"] ?? "", /stringify/);
    });

    it("inspect_reply finds nothing when the name is unknown", async () => {
      const content = { code: "nobodyKnowsThis", cursor_pos: 3, detail_level: 1 };
      const { reply } = await kernel.request("shell", "inspect_request", content);
      const { status, found, data } = reply.content;
      assert.deepEqual([status, found, data], ["ok", false, {}]);
    });

    it("is_complete_reply tells complete, incomplete and invalid code apart", async () => {
      const status = async (code: string): Promise<unknown> =>
        (await kernel.request("shell", "is_complete_request", { code })).reply.content["status"];
      assert.equal(await status("const a = await f();"), "complete");
      assert.equal(await status("for (const a of b) {"), "incomplete");
      assert.equal(await status("const const"), "invalid");
    });

    it("history_reply gives the latest inputs when the tail is asked for", async () => {
      await kernel.execute("'first of two'");
      await kernel.execute("'second of two'");
      const content = { output: false, raw: true, hist_access_type: "tail", n: 2 };
      const { reply } = await kernel.request("shell", "history_request", content);
      const history = reply.content["history"] as [number, number, string][];
      assert.deepEqual(
        history.map(([, , code]) => code),
        ["'first of two'", "'second of two'"],
      );
      assert.equal(history[1]![1], history[0]![1] + 1);
    });

    it("comm_info_reply lists no comms when none is open", async () => {
      const { reply } = await kernel.request("shell", "comm_info_request", {});
      assert.deepEqual(reply.content, { status: "ok", comms: {} });
    });

    it("execute_reply and error say the same when a cell throws", async () => {
      const { reply, published } = await kernel.execute("throw new RangeError('too far')");
      const { status, ename, evalue, traceback } = reply.content;
      assert.deepEqual([status, ename, evalue], ["error", "RangeError", "too far"]);
      assert.deepEqual(only(published, "error").content, { ename, evalue, traceback });
      assert.ok((traceback as string[]).every((line) => typeof line === "string"));
    });
  });

  describe("tier 3: rich output", () => {
    it("display_data carries a MIME bundle when a cell displays", async () => {
      const { published } = await kernel.execute(
        "import { mime } from 'residency/cell';\ndisplay(mime({ 'text/html': '<i>i</i>', 'application/json': { a: [1] } }), { id: 'one' });",
      );
      const { content } = only(published, "display_data");
      assert.deepEqual(content, {
        data: { "text/html": "<i>i</i>", "application/json": { a: [1] } },
        metadata: {},
        transient: { display_id: "one" },
      });
    });

    it("update_display_data names the display when a later cell updates it", async () => {
      const { published } = await kernel.execute(
        "const shown = display(1, { id: 'two' });\nshown.update(2);",
      );
      const update = only(published, "update_display_data");
      assert.deepEqual(update.content["transient"], { display_id: "two" });
      assert.deepEqual(update.content["data"], { "text/plain": "2" });
      const later = await kernel.execute("shown.update(3);");
      assert.deepEqual(only(later.published, "update_display_data").content["data"], { "text/plain": "3" });
    });

    it("execute_result carries count and text when a cell ends in a value", async () => {
      const { reply, published } = await kernel.execute("6 * 7");
      assert.deepEqual(only(published, "execute_result").content, {
        execution_count: reply.content["execution_count"],
        data: { "text/plain": "42" },
        metadata: {},
      });
    });

    it("binary types are base64 text when a picture is displayed", async () => {
      const { published } = await kernel.execute(
        "import { png } from 'residency/cell';\ndisplay(png(new Uint8Array([137, 80, 78, 71])));",
      );
      assert.deepEqual(only(published, "display_data").content["data"], { "image/png": "iVBORw==" });
    });

    it("clear_output says whether to wait when a cell clears", async () => {
      const { published } = await kernel.execute(
        "import { clearOutput } from 'residency/cell';\nclearOutput({ wait: true });",
      );
      assert.deepEqual(only(published, "clear_output").content, { wait: true });
    });
  });

  describe("tier 4: the whole", () => {
    it("input_request reaches the client that runs the cell, and its answer the cell", async () => {
      const content = { allow_stdin: true, silent: false, store_history: true, stop_on_error: true };
      const code = "const answer = await prompt('name? ');\nanswer";
      const id = kernel.send("shell", "execute_request", { code, user_expressions: {}, ...content });
      const question = await kernel.find(({ header }) => header.msg_type === "input_request");
      assert.equal(question.channel, "stdin");
      assert.equal(question.parent_header["msg_id"], id);
      assert.deepEqual(question.content, { prompt: "name? ", password: false });
      kernel.send("stdin", "input_reply", { status: "ok", value: "Grace" }, { parent: question });
      const { published } = await kernel.exchange(id);
      assert.deepEqual(only(published, "execute_result").content["data"], { "text/plain": "'Grace'" });
    });

    it("comm_close answers comm_open when nobody knows the target", async () => {
      const id = kernel.send("shell", "comm_open", { comm_id: "lost", target_name: "nobody", data: {} });
      const close = await kernel.find(({ header }) => header.msg_type === "comm_close");
      assert.equal(close.content["comm_id"], "lost");
      assert.equal(close.parent_header["msg_id"], id);
    });

    it("comm_msg travels both ways, buffers included, and comm_info_reply lists the comm", async () => {
      await kernel.execute(`import { comms } from "residency/cell";
comms.register("echo", (comm) => comm.onMessage((data, buffers) => comm.send({ echo: data }, buffers)));`);
      kernel.send("shell", "comm_open", { comm_id: "one", target_name: "echo", data: {} });
      const buffers = [Buffer.from([0, 1, 255]), Buffer.alloc(0)];
      kernel.send("shell", "comm_msg", { comm_id: "one", data: { n: 1 } }, { buffers });
      const echo = await kernel.find(({ header }) => header.msg_type === "comm_msg");
      assert.deepEqual(echo.content, { comm_id: "one", data: { echo: { n: 1 } } });
      assert.deepEqual(echo.buffers, buffers);
      const { reply } = await kernel.request("shell", "comm_info_request", { target_name: "echo" });
      assert.deepEqual(reply.content, { status: "ok", comms: { one: { target_name: "echo" } } });
    });

    it("interrupt_reply comes on control and the cell ends with an error when it was endless", async () => {
      const id = kernel.send("shell", "execute_request", { code: "console.log('go'); for (;;) {}" });
      await kernel.find(
        ({ header, parent_header: parent }) => header.msg_type === "stream" && parent["msg_id"] === id,
      );
      const { reply } = await kernel.request("control", "interrupt_request", {});
      assert.equal(reply.channel, "control");
      assert.deepEqual(reply.content, { status: "ok" });
      const cell = await kernel.exchange(id);
      assert.equal(cell.reply.content["status"], "error");
      assert.equal(statesOf(cell).at(-1), "idle");
    });

    it("execution_count rises by one a cell, and not when a cell is silent or not stored", async () => {
      const count = async (content: object = {}): Promise<unknown> =>
        (await kernel.execute("1", content)).reply.content["execution_count"];
      const first = Number(await count());
      assert.equal(await count(), first + 1);
      assert.equal(await count({ store_history: false }), first + 1);
      assert.equal(await count({ silent: true }), first + 1);
      assert.equal(await count(), first + 2);
    });

    it("silent cells publish their status alone", async () => {
      const { published } = await kernel.execute("console.log('unheard'); display(1); 2", { silent: true });
      assert.deepEqual(typesOf(published), ["status", "status"]);
    });

    it("parent_header is the request's header and session the kernel's own in all that is sent", async () => {
      const { reply, published } = await kernel.execute("console.log(1); display(2); 3");
      for (const message of [reply, ...published]) {
        assert.deepEqual(message.parent_header, reply.parent_header);
        assert.equal(message.parent_header["session"], kernel.session);
        assert.equal(message.parent_header["username"], "tester");
        assert.equal(message.header["session"], reply.header["session"]);
        assert.match(String(message.header["date"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/);
      }
      const ids = kernel.received.map(({ header }) => header.msg_id);
      assert.equal(new Set(ids).size, ids.length);
    });

    it("messages of an unknown type and forged ones change nothing", async () => {
      const before = kernel.received.length;
      kernel.send("shell", "no_such_request", {});
      kernel.send("shell", "execute_request", { code: "1" }, { key: "not the key" });
      kernel.send("control", "shutdown_request", { restart: false }, { key: "" });
      await kernel.request("control", "kernel_info_request", {});
      const { reply } = await kernel.request("shell", "kernel_info_request", {});
      assert.equal(reply.content["status"], "ok");
      assert.equal(kernel.received.length - before, 6);
    });

    it("a message that is sent again, as by somebody who recorded it, runs once", async () => {
      const content = { code: "'once'", silent: false };
      const id = kernel.send("shell", "execute_request", content, { times: 3 });
      await kernel.exchange(id);
      await kernel.execute("'after'");
      const mine = kernel.received.filter(({ parent_header: parent }) => parent["msg_id"] === id);
      assert.deepEqual(typesOf(mine).sort(), [
        ...["execute_input", "execute_reply", "execute_result", "status", "status"],
      ]);
    });

    it("shutdown_reply comes before the process ends when the client asks for it", async () => {
      const { reply } = await kernel.request("control", "shutdown_request", { restart: true });
      assert.deepEqual(reply.content, { status: "ok", restart: true });
      assert.equal(await kernel.exited, 0);
    });
  });
});
