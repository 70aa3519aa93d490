// Renders Swagger UI where a page has `div.st-swagger[data-stage]`: as the reader comes near, or on
// a click. It stands in a shadow root, so that its styles and the page's leave each other alone.
//
// Without a server there is no "Try it out". To give it one, set `box.send` to a function that
// answers like `fetch(url, request)` and call `box.show()`; `box` is the `div`. When it is rendered,
// the box gets the event `st-swagger-shown`.
(() => {
  const files = new URL("swagger-ui/", document.currentScript.src);
  const METHODS = ["get", "put", "post", "delete", "options", "head", "patch"];
  const OWN_STYLE = `
    :host { color: var(--ink); }
    .swagger-ui .wrapper { padding: 0 0.25rem; }
    .swagger-ui .info { margin: 0.75rem 0; }
    .swagger-ui svg.arrow, .swagger-ui .expand-operation svg, .swagger-ui .models svg,
    .swagger-ui .opblock-control-arrow svg { fill: currentColor; }
    .swagger-ui .scheme-container { background: none; box-shadow: none; padding: 0; margin: 0; }
    .swagger-ui .opblock .opblock-section-header { background: var(--raised); box-shadow: none; }
    .swagger-ui .opblock-summary-path { max-width: none; }
    .swagger-ui .opblock .opblock-summary-method { color: #10161a; text-shadow: none; }
    .swagger-ui .info .title small { background: var(--raised) !important; }
    .swagger-ui .info .title small pre.version, .swagger-ui .btn { color: var(--ink); }
    .no-server .auth-wrapper, .no-server .authorization__btn { display: none; }
    /* Opened as a file, a page cannot read itself, which resolving asks for; it is shown anyway. */
    .no-server .errors-wrapper { display: none; }
  `;
  let library;

  function load() {
    library ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = new URL("swagger-ui-bundle.js", files);
      script.onload = () => resolve(window.SwaggerUIBundle);
      script.onerror = () => {
        library = undefined;
        script.remove();
        reject(new Error("Swagger UI could not be loaded"));
      };
      document.head.append(script);
    });
    return library;
  }

  function styled(root) {
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = new URL("swagger-ui.css", files);
    const own = document.createElement("style");
    own.textContent = OWN_STYLE;
    const place = document.createElement("div");
    const ready = new Promise((resolve) => {
      sheet.onload = sheet.onerror = resolve;
    });
    root.replaceChildren(sheet, own, place);
    return [place, ready];
  }

  async function show(box) {
    const bar = box.querySelector(".st-swagger-bar");
    const host = box.querySelector(".st-swagger-place");
    const says = bar.querySelector("[role=status]");
    says.textContent = "Loading …";
    let Swagger;
    try {
      Swagger = await load();
    } catch (error) {
      says.textContent = `${error.message}; the table has the same routes.`;
      return;
    }
    const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    const [place, ready] = styled(root);
    const { send } = box;
    place.className = send ? "" : "no-server";
    host.hidden = false;
    await ready;
    Swagger({
      domNode: place,
      spec: JSON.parse(box.querySelector("script").textContent),
      presets: [Swagger.presets.apis],
      docExpansion: "list",
      defaultModelsExpandDepth: 0,
      validatorUrl: null,
      supportedSubmitMethods: send ? METHODS : [],
      requestInterceptor: (request) => (send ? Object.assign(request, { userFetch: send }) : request),
      onComplete: () => box.dispatchEvent(new CustomEvent("st-swagger-shown", { bubbles: true })),
    });
    bar.hidden = true;
    box.querySelector(".st-swagger-hint").hidden = Boolean(send);
    box.querySelector("details").open = false;
  }

  for (const box of document.querySelectorAll(".st-swagger[data-stage]")) {
    const near = new IntersectionObserver(
      (seen) => {
        if (seen.some((each) => each.isIntersecting)) box.show();
      },
      { rootMargin: "300px" },
    );
    box.show = () => {
      near.disconnect();
      return show(box);
    };
    const bar = box.querySelector(".st-swagger-bar");
    bar.hidden = false;
    bar.querySelector("button").addEventListener("click", box.show);
    if (!navigator.connection?.saveData) near.observe(box);
  }
})();
