// Runs the service of a Swagger UI box in the page's own Python: "Try it out" works, each request is
// taken apart below, and the service's tables are shown. Nothing of it loads before a reader comes
// near; Python starts when they press Execute or point at the box.
//
// The box is `.st-swagger[data-stage]` (see stages/swagger.js); Python is asked through
// `liveCells.call` (see live.js), which gives it to `call` of seethrough/inpage.py.
(() => {
  const KEPT = 20; // requests
  const HERE = "http://127.0.0.1:8000"; // where `fastapi dev` would answer; nothing is sent there
  const IMPORTS = document.currentScript.dataset.imports; // what the page's stage needs
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children.filter((each) => each !== undefined));
    return element;
  };
  const ms = (time) => (time === null ? "" : time < 9.95 ? `${time.toFixed(1)} ms` : `${Math.round(time)} ms`);

  /** The page's Python, once its scripts have run. */
  const live = () =>
    new Promise((resolve, refuse) => {
      if (window.liveCells) return resolve(window.liveCells);
      const late = setTimeout(() => refuse(new Error("this page has no Python")), 10000);
      document.addEventListener("live-ready", () => {
        clearTimeout(late);
        resolve(window.liveCells);
      }, { once: true });
    });

  function table(caption, heads, rows, numbers = []) {
    const line = (tag, values) =>
      make("tr", {}, ...values.map((value, at) => {
        const cell = make(tag, { className: numbers.includes(at) ? "number" : "" });
        if (tag === "th") cell.scope = "col";
        if (value === null) cell.append(make("i", { textContent: "NULL" }));
        else cell.append(value);
        return cell;
      }));
    const made = make("table", {}, make("caption", { textContent: caption }));
    made.append(make("thead", {}, line("th", heads)), make("tbody", {}, ...rows.map((row) => line("td", row))));
    return scrolled(made, caption);
  }

  /** Wide things scroll in a frame of their own, by keyboard as well. */
  function scrolled(element, name) {
    const frame = make("div", { className: "st-wide", tabIndex: 0 }, element);
    frame.setAttribute("role", "group");
    frame.setAttribute("aria-label", name);
    return frame;
  }

  const part = (title, ...children) => make("div", { className: "st-part" }, make("p", { className: "st-title", textContent: title }), ...children);
  const words = (textContent) => make("p", { textContent });
  const code = (textContent, indent = 0) => {
    const made = make("code", { textContent });
    made.style.marginInlineStart = `${indent}em`;
    return made;
  };

  /** A statement, and why the database refused it. */
  function statement({ sql, failed }) {
    const shown = make("div", {}, code(sql));
    if (failed) shown.append(make("p", { className: "st-bad", textContent: `Failed: ${failed}` }));
    return shown;
  }

  function body(text, name) {
    if (!text) return undefined;
    let shown = text;
    try {
      shown = JSON.stringify(JSON.parse(text), null, 2);
    } catch { /* it is no JSON */ }
    return scrolled(make("pre", { textContent: shown }), name);
  }

  function headers(pairs, name) {
    return pairs.length ? table(name, ["Header", "Value"], pairs.map(([key, value]) => [code(key), code(value)])) : undefined;
  }

  /** One request, as a row that opens. */
  function entry(record) {
    const { errors, dependencies, statements, parts } = record;
    const kind = record.status >= 400 ? "bad" : "good";
    const count = (things, one, many) => `${things.length} ${things.length === 1 ? one : many}`;
    const summary = make("summary", {},
      make("b", { textContent: record.method }), " ", code(record.path), " ",
      make("span", { className: `st-${kind}`, textContent: record.status }), " ",
      make("span", { className: "st-time", textContent: ms(record.ms) }));
    const validation = {
      fits: "Path, query, headers and body fit what the route declares.",
      errors: "The request does not fit; no handler was called.",
      "not reached": "The request ended before all its input was judged.",
    }[record.validation];
    return make("details", {}, summary,
      part("Request", headers(record.request_headers, "Headers of the request"), body(record.request_body, "Body of the request")),
      part("Validation", words(validation),
        errors.length ? table("What is wrong", ["Where", "Message", "Type"],
          errors.map((each) => [code(each.where), each.message, code(each.type)])) : undefined),
      part("Dependencies", dependencies.length
        ? table(`${count(dependencies, "dependency", "dependencies")} in the order of their calls: what one needs comes before it, further right`, ["Call", "Kind", "Time", "Note"],
          dependencies.map((each) => [code(each.name, each.depth), each.kind, ms(each.ms), each.note]), [2])
        : words("The route asks for none.")),
      part("SQL", statements.length
        ? table("What the database was sent", ["Statement", "Parameters", "Time"],
          statements.map((each) => [statement(each), code(each.values), ms(each.ms)]), [2])
        : words("Nothing was sent to a database.")),
      part("Where the time went", table("Each part without what it called", ["Part", "What", "Time"],
        parts.map((each) => [each.place, code(each.what, each.depth / 2), ms(each.ms)]), [2])),
      part(`Response ${record.status}`, headers(record.response_headers, "Headers of the response"),
        body(record.response_body, "Body of the response"),
        record.cut ? words(record.cut) : undefined,
        record.raised ? words(`A server would log: ${record.raised}`) : undefined));
  }

  /** What a request waits for, in the reader's words; nothing where it does not wait. */
  function awaited({ python }, asked) {
    if (["busy", "stopping"].includes(python.phase) && python.current) {
      return python.current.work
        ? "Python answers another request; this one waits for it."
        : "Python runs a cell; the request waits for it.";
    }
    return asked && python.phase === "ready" ? "" : "Python and the service start …";
  }

  class Service {
    constructor(box) {
      this.box = box;
      this.stage = Number(box.dataset.stage);
      this.asked = false;
      this.number = box.id || `st-service-${this.stage}-${boxes.indexOf(box)}`;
      this.says = make("p", { className: "st-says" });
      this.says.setAttribute("role", "status");
      this.requests = make("ol", {});
      this.data = make("div", {});
      this.resetButton = make("button", { type: "button", textContent: "Reset the data" });
      this.resetButton.addEventListener("click", () => this.reset());
      this.place = make("div", { className: "st-service" },
        make("p", { className: "st-title", textContent: "Requests" }), this.says, this.requests,
        make("p", { className: "st-title", textContent: "Data" }), this.data, make("p", {}, this.resetButton));
      this.place.setAttribute("role", "region");
      this.place.setAttribute("aria-label", `The service of stage ${this.stage} in this page`);
      this.say("The service runs in this page: “Try it out”, then “Execute”. Its requests appear here.");
      this.show([], null);
      box.querySelector(".st-swagger-place").after(this.place);
      box.addEventListener("pointerenter", () => live().then((cells) => cells.warmUp("pointerenter"), () => {}), { once: true });
    }

    say(text) {
      this.says.textContent = text;
    }

    async ask(what) {
      const cells = await live();
      this.say(awaited(cells, this.asked));
      const text = await cells.call({
        module: "seethrough.inpage",
        name: "call",
        argument: JSON.stringify({ stage: this.stage, ...what }),
        imports: IMPORTS,
        groups: ["todo"],
      });
      const answer = JSON.parse(text);
      this.say(answer.record?.cut ?? "");
      this.asked = true;
      this.show(answer.tables, answer.database);
      return answer;
    }

    /** Answer as `fetch` does, for Swagger UI. */
    async send(address, request = {}) {
      const { pathname, search } = new URL(address, HERE);
      const content = request.body == null ? "" : await new Response(request.body).text();
      const named = Object.fromEntries(new Headers(request.headers));
      try {
        const { record, response } = await this.ask({
          do: "send", method: (request.method ?? "GET").toUpperCase(), target: pathname + search, headers: named, body: content,
        });
        this.requests.prepend(make("li", {}, entry(record)));
        while (this.requests.children.length > KEPT) this.requests.lastChild.remove();
        const empty = [204, 304].includes(response.status);
        return new Response(empty ? null : response.body, response);
      } catch (error) {
        this.say(`The service did not answer: ${error.message}`);
        throw error;
      }
    }

    /** Python ended: what it kept is shown no longer. */
    forget() {
      if (!this.asked) return;
      this.asked = false;
      this.data.replaceChildren(words("Python ended, and the service’s data with it. The next request starts both anew."));
    }

    async reset() {
      this.resetButton.disabled = true;
      try {
        await this.ask({ do: "reset" });
        this.say("The service was started anew, without any data.");
      } catch (error) {
        this.say(`The service could not be started anew: ${error.message}`);
      }
      this.resetButton.disabled = false;
      this.resetButton.focus();
    }

    /** Show the tables, each behind a tab; the chosen one stays. */
    show(tables, database) {
      const note = database === null ? "Nothing has been asked yet."
        : database ? "SQLite, in this tab’s memory." : "There is no database yet: the service keeps its data in a dictionary.";
      this.data.replaceChildren(words(note));
      if (!tables.length) return;
      const tabs = make("div", { className: "st-tabs" });
      tabs.setAttribute("role", "tablist");
      tabs.setAttribute("aria-label", "Tables");
      const panels = tables.map((each, at) => {
        const [tab, panel] = [make("button", { type: "button", id: `${this.number}-tab-${at}` }), make("div", { id: `${this.number}-panel-${at}` })];
        tab.textContent = `${each.name} (${each.count})`;
        tab.setAttribute("role", "tab");
        tab.setAttribute("aria-controls", panel.id);
        panel.setAttribute("role", "tabpanel");
        panel.setAttribute("aria-labelledby", tab.id);
        const of = each.count > each.rows.length ? `the newest ${each.rows.length} of ${each.count} rows` : `${each.count} ${each.count === 1 ? "row" : "rows"}`;
        panel.append(each.rows.length ? table(`${each.name}: ${of}`, each.columns, each.rows) : words(`${each.name} is empty.`));
        tab.addEventListener("click", () => choose(at));
        tab.addEventListener("keydown", (event) => {
          const last = tables.length - 1;
          const next = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[event.key];
          if (next === undefined) return;
          event.preventDefault();
          choose(next);
          tabs.children[next].focus();
        });
        tabs.append(tab);
        return panel;
      });
      const choose = (chosen) => {
        this.chosen = tables[chosen].name;
        panels.forEach((panel, at) => {
          panel.hidden = at !== chosen;
          tabs.children[at].setAttribute("aria-selected", at === chosen);
          tabs.children[at].tabIndex = at === chosen ? 0 : -1;
        });
      };
      this.data.append(tabs, ...panels);
      const before = tables.findIndex((each) => each.name === this.chosen);
      choose(before >= 0 ? before : Math.max(0, tables.findIndex((each) => each.name === "todos")));
    }
  }

  const boxes = [...document.querySelectorAll(".st-swagger[data-stage]")];
  for (const box of location.protocol === "file:" ? [] : boxes) {
    const script = box.querySelector("script");
    const document_ = JSON.parse(script.textContent);
    document_.servers = [{ url: HERE, description: "answered in this page" }];
    script.textContent = JSON.stringify(document_);
    const service = new Service(box);
    box.send = (address, request) => service.send(address, request);
    document.addEventListener("live-phase", ({ detail }) => detail.phase === "off" && service.forget());
    if (box.querySelector(".st-swagger-place").shadowRoot) box.show();
  }
})();
