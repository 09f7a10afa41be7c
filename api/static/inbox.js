// What makes the inbox handier where scripts run: filters that apply at once, a box that selects
// all rows, and mornings in the reader's own time zone. Everything works without it.
"use strict";

(() => {
  const filters = document.querySelector("[data-filters]");
  filters?.addEventListener("change", (event) => {
    if (event.target.matches("select")) filters.requestSubmit();
  });
  // The page that comes has the focus where it was, or after a search where keys go through rows.
  const NARROWED = "learning-loop-narrowed";
  const narrowed = sessionStorage.getItem(NARROWED);
  sessionStorage.removeItem(NARROWED);
  if (filters && narrowed !== null) {
    const select = narrowed && filters.querySelector(`select[name="${CSS.escape(narrowed)}"]`);
    const heading = document.querySelector("main h1");
    heading.tabIndex = -1;
    (select || heading).focus();
  }
  filters?.addEventListener("submit", () => {
    const at = document.activeElement;
    if (filters.contains(at)) sessionStorage.setItem(NARROWED, at.matches("select") ? at.name : "");
    // An address without what filters nothing is easier to read and to share.
    for (const field of filters.querySelectorAll("select, input")) field.disabled = field.value === "";
  });

  const inbox = document.querySelector("[data-inbox]");
  const picks = () => [...document.querySelectorAll("[data-pick]")];

  const showPicked = () => {
    const count = picks().filter((pick) => pick.checked).length;
    const place = document.querySelector("[data-picked]");
    if (place) place.textContent = count ? `: ${count}` : "";
    const all = document.querySelector("#pick-all");
    if (!all) return;
    all.checked = count > 0 && count === picks().length;
    all.indeterminate = count > 0 && !all.checked;
  };

  if (inbox) {
    const all = document.createElement("input");
    all.type = "checkbox";
    all.id = "pick-all";
    const label = document.createElement("label");
    label.htmlFor = all.id;
    label.textContent = "Select all on this page";
    const line = document.createElement("p");
    line.className = "pick-all";
    line.append(all, label);
    inbox.querySelector("#proposals").before(line);
    all.addEventListener("change", () => {
      for (const pick of picks()) pick.checked = all.checked;
      showPicked();
    });
    inbox.addEventListener("change", showPicked);
    // A browser may remember what was selected before a reload.
    showPicked();
  }

  // After a posted form the address is that of the view, so that a reload asks for it again.
  const told = document.querySelector("[data-after]");
  if (told) history.replaceState(null, "", told.dataset.after);
})();
