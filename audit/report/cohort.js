"use strict";
// The columns before the criteria: rank, could be, applicant, and an axis each.
const groups = document.documentElement.dataset.groups.split(" ").map(Number), before = 3 + groups.length;
const style = document.styleSheets[0], own = style.cssRules.length;

// Shows the criteria of one axis, or of all: by a rule of style, not cell by cell.
const showAxis = (n) => {
  while (style.cssRules.length > own) style.deleteRule(own);
  if (n === "") return;
  const from = before + groups.slice(0, n).reduce((a, b) => a + b, 0), to = from + groups[n];
  const hide = (range) => style.insertRule(`.matrix tr>:nth-child(n+${before + 1})${range}{display:none}`, own);
  hide(`:nth-child(-n+${from})`);
  hide(`:nth-child(n+${to + 1})`);
};
showAxis(0);

addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form"), out = form.querySelector("output"), field = form.elements;
  const table = document.querySelector(".matrix table"), body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  const all = [...body.rows], others = [...table.querySelectorAll(".beside tr[data-id]")], dialog = document.querySelector("dialog"), content = dialog.querySelector("div");
  const order = "mcuasdfvnx", given = new Map(all.map((row, i) => [row, i]));
  const name = (row) => row.querySelector("th a").textContent;

  // Sorting: a button in each head. Who has no value stays last.
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const value = (row, n) => {
    const cell = row.cells[n];
    if (n === 2) return name(row);
    if (n < before) return cell.dataset.v === "0" && n < 2 || cell.dataset.v === "" ? null : Number(cell.dataset.v);
    return cell.className ? order.indexOf(cell.className) : null;
  };
  const sort = (n) => {
    const head = heads[n], first = n > 2 && n < before ? "descending" : "ascending";
    const way = head.getAttribute("aria-sort") === first ? (first === "ascending" ? "descending" : "ascending") : first;
    for (const h of heads) h.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", way);
    const sign = way === "ascending" ? 1 : -1, keys = new Map(all.map((row) => [row, value(row, n)]));
    all.sort((a, b) => {
      const x = keys.get(a), y = keys.get(b);
      const less = x === null || y === null ? (x === null) - (y === null) : sign * (n === 2 ? collator.compare(x, y) : x - y);
      return less || given.get(a) - given.get(b);
    });
    body.append(...all);
  };
  heads.forEach((head, n) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    if (head.dataset.title) button.title = head.dataset.title;
    button.addEventListener("click", () => sort(n));
    head.append(button);
  });
  const ranks = all.map((row) => Number(row.cells[0].dataset.v) || Infinity);
  if (ranks.every((rank, i) => !i || rank >= ranks[i - 1])) heads[0].setAttribute("aria-sort", "ascending");

  // Filters.
  heads.slice(before).forEach((head, i) => {
    let group = field.rule.lastElementChild;
    if (group.label !== head.dataset.axis) {
      group = document.createElement("optgroup");
      group.label = head.dataset.axis;
      field.rule.append(group);
    }
    const option = document.createElement("option");
    option.value = String(before + i);
    option.textContent = head.textContent;
    group.append(option);
  });
  const filter = () => {
    const text = field.text.value.trim().toLowerCase(), rule = field.rule.value, floor = Number(field.floor.value);
    let shown = 0;
    for (const row of all) {
      row.hidden = !((!text || row.cells[2].textContent.toLowerCase().includes(text)) && (!rule || row.cells[Number(rule)].className === field.word.value) && (!floor || Number(row.cells[3].dataset.v) >= floor));
      if (!row.hidden) shown++;
    }
    out.textContent = `${shown} of ${all.length} applicants`;
  };
  form.addEventListener("input", (event) => event.target === field.axis ? showAxis(field.axis.value) : filter());
  form.addEventListener("reset", () => setTimeout(() => { showAxis(field.axis.value); filter(); }));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  filter();

  // A scorecard is text until somebody asks for it. It was escaped as it was
  // written, and nothing in a parsed document runs.
  const card = (id) => {
    const text = document.querySelector(`noscript[data-card="${CSS.escape(id)}"]`)?.textContent;
    return text === undefined ? null : new DOMParser().parseFromString(text, "text/html").body.firstElementChild;
  };
  const present = (label, node) => {
    dialog.setAttribute("aria-label", label);
    content.replaceChildren(node);
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
  };
  const openCard = (to) => {
    const id = to.split(".")[0], node = card(id);
    if (!node) return false;
    present("scorecard", node);
    const at = to !== id && document.getElementById(to);
    if (at) {
      at.classList.add("at");
      at.scrollIntoView({ block: "center" });
    }
    return true;
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link && openCard(decodeURIComponent(link.getAttribute("href").slice(1)))) event.preventDefault();
  });
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());

  // Comparing those who were chosen: what differs, then what does not.
  const chosen = () => [...all, ...others].filter((row) => row.querySelector("input").checked);
  const compare = form.querySelector("[data-compare]");
  for (const row of [...all, ...others]) row.querySelector("input").hidden = false;
  table.addEventListener("change", () => {
    const n = chosen().length;
    compare.disabled = n < 2;
    compare.textContent = n ? `compare ${n}` : "compare";
  });
  const add = (parent, element, ...children) => {
    const node = document.createElement(element);
    node.append(...children);
    parent.append(node);
    return node;
  };
  const comparison = () => {
    const rows = chosen(), box = document.createElement("div");
    add(box, "h3", rows.map(name).join(" · "));
    const sheet = add(add(box, "div"), "table");
    sheet.parentNode.className = "wide";
    const top = add(add(sheet, "thead"), "tr");
    for (const text of ["criterion", ...rows.map(name)]) add(top, "th", text).scope = "col";
    const part = (title) => {
      const tbody = add(sheet, "tbody"), th = add(add(tbody, "tr"), "th", title);
      th.colSpan = rows.length + 1;
      th.scope = "rowgroup";
      return tbody;
    };
    const put = (tbody, n) => {
      const tr = add(tbody, "tr"), head = add(tr, "th", n < before ? heads[n].textContent : heads[n].dataset.title || heads[n].textContent);
      head.scope = "row";
      for (const row of rows) {
        const cell = row.cells[n], td = add(tr, "td");
        if (n < before) td.append(...[...cell.childNodes].map((node) => node.cloneNode(true)));
        else if (cell.firstElementChild) {
          td.className = cell.className;
          add(td, "a", `${cell.textContent} ${cell.firstElementChild.getAttribute("aria-label")}`).href = cell.firstElementChild.getAttribute("href");
        }
      }
    };
    const scores = part("scores"), differ = part("where they differ"), same = part("where they do not");
    heads.forEach((head, n) => {
      if (n === 2) return;
      if (n < before) put(scores, n);
      else put(new Set(rows.map((row) => row.cells[n].className)).size > 1 ? differ : same, n);
    });
    return box;
  };
  compare.addEventListener("click", () => present("comparison", comparison()));

  // Arrows go from cell to cell, so that nobody has to pass thousands of links.
  table.addEventListener("keydown", (event) => {
    const cell = event.target.closest("a") && event.target.closest("td,th"), step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    if (!cell || !step) return;
    let row = cell.parentNode, n = cell.cellIndex, next;
    do {
      n += step[1];
      if (step[0] > 0) row = row.nextElementSibling;
      if (step[0] < 0) row = row.previousElementSibling;
      next = row?.cells[n]?.querySelector("a");
    } while (row && row.cells[n] && !(next && next.checkVisibility()));
    if (next) { event.preventDefault(); next.focus(); }
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || dialog.open || /^(input|select)$/.test(event.target.localName)) return;
    event.preventDefault();
    field.text.focus();
  });

  // Paper: the scorecard that is open, or all of them, or the page itself.
  const paper = document.getElementById("paper");
  let every = false;
  addEventListener("beforeprint", () => {
    if (!every && !dialog.open) return;
    paper.replaceChildren(...every ? all.filter((row) => !row.hidden).map((row) => card(row.dataset.id)) : [...content.childNodes].map((node) => node.cloneNode(true)));
    document.body.classList.add("one");
  });
  addEventListener("afterprint", () => {
    document.body.classList.remove("one");
    paper.replaceChildren();
    every = false;
  });
  dialog.querySelector("[data-print-one]").addEventListener("click", () => print());
  form.querySelector("[data-print]").addEventListener("click", () => { every = true; print(); });
  if (location.hash) openCard(decodeURIComponent(location.hash.slice(1)));
});
