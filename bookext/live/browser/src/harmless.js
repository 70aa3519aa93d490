// HTML that a cell made, without what would reach beyond its output: scripts, styles of the page,
// addresses of other hosts, another base, another page.

const GONE = "script, iframe, frame, frameset, object, embed, base, meta, link, title, portal";
const LOADING = new Set(["src", "srcset", "poster", "data", "background", "ping", "action", "formaction"]);
const LINKS = new Set(["a", "area"]);

/** Tell whether an address asks nobody else for anything. */
function own(address) {
  if (/^\s*(#|data:(?!text\/html)|blob:)/i.test(address)) return true;
  try {
    return new URL(address, location.href).origin === location.origin;
  } catch {
    return false;
  }
}

const ownSet = (list) => list.split(",").every((each) => own(each.trim().split(/\s+/)[0]));
const withoutOthers = (css) =>
  css.replace(/url\(\s*(["']?)(.*?)\1\s*\)/gi, (whole, _, address) => (own(address) ? whole : "none"));

/** Confine a style sheet to the element that it stands in; parsed first, so that no brace is amiss. */
function confined(css) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css); // which leaves out @import
  const rules = [...sheet.cssRules].map((rule) => rule.cssText).join("\n");
  return `@scope {\n${withoutOthers(rules)}\n}`;
}

function keeps(element, { localName: name, value }) {
  if (name.startsWith("on") || /^\s*(javascript|data:text\/html)/i.test(value)) return false;
  if (name === "srcset") return ownSet(value);
  if (LOADING.has(name)) return own(value);
  return name !== "href" || LINKS.has(element.localName) || own(value);
}

/** @returns {DocumentFragment} the parsed HTML */
export function harmless(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const { content } = template;
  for (const node of content.querySelectorAll(GONE)) node.remove();
  for (const node of content.querySelectorAll("style")) node.textContent = confined(node.textContent);
  for (const node of content.querySelectorAll("*")) {
    for (const attribute of [...node.attributes]) {
      if (!keeps(node, attribute)) node.removeAttributeNode(attribute);
    }
    const style = node.getAttribute("style");
    if (style && withoutOthers(style) !== style) node.setAttribute("style", withoutOthers(style));
  }
  return content;
}
