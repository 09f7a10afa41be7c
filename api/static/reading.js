// Adds to a proposal's page: what a link leads to is unfolded, and names are completed after an @.
"use strict";

function unfoldTarget() {
  const id = decodeURIComponent(location.hash.slice(1));
  const target = id && document.getElementById(id);
  if (!target) return;
  // Of a group of replayed queries, all that is folded.
  if (target.matches(".cases")) target.querySelector(":scope > details")?.setAttribute("open", "");
  let folded = target.closest("details:not([open])");
  const wasFolded = folded !== null;
  while (folded) {
    folded.open = true;
    folded = folded.parentElement.closest("details:not([open])");
  }
  if (wasFolded) target.scrollIntoView();
}

// The word from the last @ to the caret, if that may be the beginning of a name.
function nameBeforeCaret(field) {
  const before = field.value.slice(0, field.selectionStart);
  const at = before.lastIndexOf("@");
  if (at < 0 || (at > 0 && /[\p{L}\p{N}_@]/u.test(before[at - 1]))) return null;
  const begun = before.slice(at + 1);
  return begun.length > 60 || begun.includes("\n") ? null : { at, begun };
}

function completeNames(field) {
  const choice = document.getElementById(field.dataset.mentions);
  const names = [...choice.options].map((option) => option.value).filter(Boolean);
  const list = document.createElement("ul");
  list.id = "names";
  list.className = "names";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "People");
  list.hidden = true;
  field.after(list);
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-autocomplete", "list");
  let chosen = 0;

  function close() {
    list.hidden = true;
    list.replaceChildren();
    field.removeAttribute("aria-activedescendant");
  }

  function mark() {
    [...list.children].forEach((entry, index) => {
      entry.setAttribute("aria-selected", String(index === chosen));
    });
    field.setAttribute("aria-activedescendant", list.children[chosen].id);
  }

  function take(name) {
    const { at } = nameBeforeCaret(field);
    field.setRangeText(`@${name} `, at, field.selectionStart, "end");
    close();
    field.focus();
  }

  function suggest() {
    const found = nameBeforeCaret(field);
    const begun = found && found.begun.toLowerCase();
    const fitting = found ? names.filter((name) => name.toLowerCase().startsWith(begun)) : [];
    if (!fitting.length) return close();
    list.replaceChildren(
      ...fitting.slice(0, 8).map((name, index) => {
        const entry = document.createElement("li");
        entry.id = `name-${index}`;
        entry.setAttribute("role", "option");
        entry.textContent = name;
        entry.addEventListener("mousedown", (event) => {
          event.preventDefault();
          take(name);
        });
        return entry;
      }),
    );
    chosen = 0;
    list.hidden = false;
    mark();
  }

  field.addEventListener("input", suggest);
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const count = list.children.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : count - 1)) % count;
      mark();
    } else if (event.key === "Enter" || event.key === "Tab") {
      take(list.children[chosen].textContent);
    } else if (event.key === "Escape") {
      close();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });
}

// Enter on a box that is ticked, or on a reason, would press the only button of its form.
function decideByButtonsOnly(event) {
  if (event.key === "Enter" && event.target.matches("input")) event.preventDefault();
}

document.getElementById("decide")?.addEventListener("keydown", decideByButtonsOnly);
addEventListener("hashchange", unfoldTarget);
unfoldTarget();
document.querySelectorAll("[data-mentions]").forEach(completeNames);
