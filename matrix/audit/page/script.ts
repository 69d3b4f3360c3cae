// The page's one script: the filter, moving about the picture by keys, and the panel that shows what a
// cell stands for by copying list items of the page. It makes no markup out of text.

export const SCRIPT = `
"use strict";
(() => {
  const byId = id => document.getElementById(id);
  const grid = byId("grid");
  const panel = byId("panel");
  if (!grid) return;
  const heads = [...grid.tHead.rows[0].cells];
  const rows = [...grid.tBodies[0].rows];
  const nameOf = head => head.textContent;
  const cells = [];
  rows.forEach((row, y) => {
    for (const link of row.querySelectorAll("a")) {
      link.tabIndex = -1;
      cells.push({ link, cell: link.parentElement, x: Number(link.parentElement.dataset.x), y, words: link.lastElementChild.textContent.toLowerCase() });
    }
  });
  const found = new Map(cells.map(one => [one.link, one]));
  const shown = one => !rows[one.y].hidden && !heads[one.x].hidden;
  let current = cells[0];
  if (current) current.link.tabIndex = 0;

  const mark = (one, on) => {
    heads[one.x].classList.toggle("on", on);
    rows[one.y].cells[0].classList.toggle("on", on);
  };
  const settle = one => {
    if (current) { current.link.tabIndex = -1; mark(current, false); }
    current = one;
    one.link.tabIndex = 0;
    mark(one, true);
  };
  grid.addEventListener("focusin", event => { const one = found.get(event.target); if (one) settle(one); });
  grid.addEventListener("focusout", () => { if (current) mark(current, false); });

  const before = (a, b) => a.y - b.y || a.x - b.x;
  const beneath = (a, b) => a.x - b.x || a.y - b.y;
  const step = (order, by) => {
    const all = cells.filter(shown).sort(order);
    return all[all.indexOf(current) + by];
  };
  const moves = {
    ArrowRight: () => step(before, 1), ArrowLeft: () => step(before, -1),
    ArrowDown: () => step(beneath, 1), ArrowUp: () => step(beneath, -1),
    Home: () => cells.filter(shown).filter(one => one.y === current.y)[0],
    End: () => cells.filter(shown).filter(one => one.y === current.y).at(-1),
  };
  grid.addEventListener("keydown", event => {
    if (!current || !moves[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const next = moves[event.key]();
    if (next) { next.link.focus(); next.link.scrollIntoView({ block: "nearest", inline: "nearest" }); }
  });

  const copyOf = id => {
    const item = byId(id).cloneNode(true);
    item.removeAttribute("id");
    return item;
  };
  const show = one => {
    byId("panel-title").textContent = nameOf(rows[one.y].cells[0]) + " \\u2192 " + nameOf(heads[one.x]);
    const list = document.createElement("ul");
    list.className = "items";
    list.append(...one.link.dataset.of.split(" ").map(copyOf));
    byId("panel-body").replaceChildren(list);
    panel.hidden = false;
    panel.focus();
  };
  const hide = () => {
    if (panel.hidden) return;
    panel.hidden = true;
    if (current) current.link.focus();
  };
  grid.addEventListener("click", event => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    settle(found.get(link));
    show(found.get(link));
  });
  byId("close").addEventListener("click", hide);

  const filter = byId("words");
  const apply = () => {
    const words = filter.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const has = text => words.every(word => text.toLowerCase().includes(word));
    const keepRow = new Set(), keepColumn = new Set();
    let count = 0;
    rows.forEach((row, y) => { if (has(nameOf(row.cells[0]))) keepRow.add(y); });
    heads.forEach((head, x) => { if (x > 0 && has(nameOf(head))) keepColumn.add(x); });
    for (const one of cells) {
      const is = has(one.words);
      one.cell.classList.toggle("dim", !is);
      if (is) { count += 1; keepRow.add(one.y); keepColumn.add(one.x); }
    }
    rows.forEach((row, y) => {
      row.hidden = !keepRow.has(y);
      for (const cell of [...row.cells].slice(1)) {
        const x = Number(cell.dataset.x);
        const all = Number(cell.dataset.n ??= cell.colSpan);
        let kept = 0;
        for (let at = x; at < x + all; at += 1) if (keepColumn.has(at)) kept += 1;
        cell.hidden = kept === 0;
        if (kept > 0 && cell.colSpan !== kept) cell.colSpan = kept;
      }
    });
    heads.forEach((head, x) => { head.hidden = x > 0 && !keepColumn.has(x); });
    byId("filtered").textContent = words.length === 0 ? "" : count + " of " + cells.length + " cells match";
    if (current && !shown(current)) {
      const next = cells.find(shown);
      if (next) { current.link.tabIndex = -1; current = next; next.link.tabIndex = 0; }
    }
  };
  filter.addEventListener("input", apply);
  const form = byId("filter");
  form.hidden = false;
  form.addEventListener("submit", event => event.preventDefault());

  document.addEventListener("keydown", event => {
    if (event.key === "Escape") {
      if (!panel.hidden) hide();
      else if (document.activeElement === filter) { filter.value = ""; apply(); }
    } else if (event.key === "/" && document.activeElement !== filter) {
      event.preventDefault();
      filter.focus();
    }
  });
})();
`;
