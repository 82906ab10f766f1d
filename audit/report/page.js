"use strict";
// Filters over the findings of one subject.
for (const part of document.querySelectorAll("[data-findings]")) {
  const form = part.querySelector("form"), items = [...part.querySelectorAll(".finding")], out = form.querySelector("output");
  const unfold = form.querySelector("[data-unfold]"), groups = [...part.querySelectorAll("[data-group]")];
  const texts = new Map();
  const text = (item) => {
    if (!texts.has(item)) texts.set(item, item.textContent.toLowerCase());
    return texts.get(item);
  };
  const filter = () => {
    const words = new Set([...form.elements.word.length ? form.elements.word : [form.elements.word]].filter((box) => box.checked).map((box) => box.value));
    const axis = form.elements.axis.value, least = Number(form.elements.severity.value), wanted = form.elements.text.value.trim().toLowerCase();
    let shown = 0;
    for (const item of items) {
      const d = item.dataset;
      item.hidden = !(words.has(d.word) && (!axis || d.axis === axis) && Number(d.severity) >= least && (!wanted || text(item).includes(wanted)));
      if (!item.hidden) shown++;
    }
    for (const group of groups) group.hidden = !group.querySelector(".finding:not([hidden])");
    out.textContent = `${shown} of ${items.length} findings`;
  };
  form.hidden = items.length === 0;
  form.addEventListener("input", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => event.preventDefault());
  unfold.addEventListener("click", () => {
    const open = items.some((item) => !item.hidden && !item.open);
    for (const item of items) if (!item.hidden) item.open = open;
    unfold.textContent = open ? "fold all" : "unfold all";
  });
  if (items.length) filter();
}
// A link to a finding opens it, whatever is filtered.
const reveal = () => {
  const at = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!at) return;
  const form = at.closest("[data-findings]")?.querySelector("form");
  if (at.hidden && form) form.reset();
  setTimeout(() => {
    if (at.localName === "details") at.open = true;
    at.scrollIntoView({ block: "start" });
  }, 1);
};
addEventListener("hashchange", reveal);
if (location.hash) reveal();
// Sections become tabs, with the keys that the ARIA Authoring Practices give them.
for (const part of document.querySelectorAll("[data-tabs]")) {
  const panels = [...part.querySelectorAll("[data-tab]")], bar = document.createElement("div");
  bar.setAttribute("role", "tablist");
  bar.setAttribute("aria-label", part.querySelector("h2").textContent);
  const tabs = panels.map((panel) => {
    const tab = bar.appendChild(document.createElement("button"));
    tab.type = "button";
    tab.textContent = panel.dataset.tab;
    tab.id = panel.id + "-tab";
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panel.id);
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    return tab;
  });
  const choose = (n, focus) => {
    tabs.forEach((tab, i) => {
      tab.setAttribute("aria-selected", String(i === n));
      tab.tabIndex = i === n ? 0 : -1;
      panels[i].classList.toggle("folded", i !== n);
    });
    if (focus) tabs[n].focus();
  };
  bar.addEventListener("click", (event) => tabs.includes(event.target) && choose(tabs.indexOf(event.target)));
  bar.addEventListener("keydown", (event) => {
    const n = tabs.indexOf(document.activeElement), to = { ArrowRight: n + 1, ArrowLeft: n - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (n < 0 || to === undefined) return;
    event.preventDefault();
    choose((to + tabs.length) % tabs.length, true);
  });
  panels[0].before(bar);
  choose(0);
}
// "/" goes to the search field, as readers of long pages are used to.
addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || /^(input|select|textarea)$/.test(event.target.localName)) return;
  const field = document.querySelector("input[type=search]");
  if (field) { event.preventDefault(); field.focus(); }
});
// On paper everything is there that can be done something about.
const forPaper = [];
addEventListener("beforeprint", () => {
  for (const item of document.querySelectorAll("details.paper:not([open])")) { item.open = true; forPaper.push(item); }
});
addEventListener("afterprint", () => { for (const item of forPaper.splice(0)) item.open = false; });
