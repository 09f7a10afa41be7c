// Single keys, everywhere in the product. What a page offers it says by attributes:
//
//   data-key="a"             the key; what it is on gets the focus, or is clicked if it is a link.
//                            On a <summary> it opens the details and goes to the first field in it.
//   data-key-label="Approve" what the list of keys (?) calls it; without it, its own text.
//                            The button of a form that posts needs the key twice, or Enter after
//                            it: the first press only goes there, so that nobody approves by a slip.
//   data-row                 a row that j and k go through; in it
//   data-open                the link that Enter and o follow, and that holds the focus,
//   data-pick                the checkbox that x turns.
//
// Keys rest while somebody types, with Ctrl, Alt or Meta, in an open dialog, and once they are
// switched off in the list of keys. Nothing here is needed: every key stands for something that the
// page has anyway.
"use strict";

(() => {
  const OFF = "learning-loop-keys-off";
  const INBOX = "learning-loop-inbox";
  const PLACES = { i: "/", k: "/knowledge", d: "/dashboard" };
  const CHORD_MS = 1500;

  const dialog = document.querySelector("#keys");
  const toggle = document.querySelector("#keys-on");
  if (!dialog || !toggle) return;

  const isOff = () => localStorage.getItem(OFF) === "yes";
  let chordSince = -Infinity;

  // Where keys would get in the way of what the focused element does with them itself.
  const isTyping = (element) =>
    element.isContentEditable ||
    (element.matches("input, textarea, select") &&
      !element.matches("input[type=checkbox], input[type=radio], input[type=button]"));

  const isShown = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;
  const rows = () => [...document.querySelectorAll("[data-row]")].filter(isShown);
  const currentRow = () => document.activeElement.closest?.("[data-row]");
  const openerOf = (row) => row.querySelector("[data-open]") ?? row.querySelector("a, button");

  const move = (by) => {
    const all = rows();
    if (all.length === 0) return false;
    const here = all.indexOf(currentRow());
    const to = here < 0 ? (by > 0 ? 0 : all.length - 1) : here + by;
    const row = all[Math.max(0, Math.min(to, all.length - 1))];
    openerOf(row)?.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    return true;
  };

  const openAround = (element) => {
    for (let at = element.closest("details"); at; at = at.parentElement?.closest("details")) at.open = true;
  };

  const press = (element) => {
    if (element.matches("a[href]")) {
      element.click();
      return;
    }
    if (element.matches("summary")) {
      element.parentElement.open = true;
      const first = element.parentElement.querySelector(
        "textarea, select, input:not([type=hidden]), button",
      );
      (first ?? element).focus();
      return;
    }
    openAround(element);
    if (element.matches("button") && element.form?.method === "post") {
      if (document.activeElement === element) element.click();
      else {
        element.focus();
        say(`${labelOf(element)}: press ${element.dataset.key} again or Enter to confirm.`);
      }
      return;
    }
    if (element.matches("button") && !element.disabled) element.click();
    else element.focus();
  };

  const labelOf = (element) =>
    element.dataset.keyLabel || element.textContent.trim().replace(/…$/, "") || element.name;

  const say = (text) => {
    const place = document.querySelector("#keys-said");
    if (place) place.textContent = text;
  };

  const offered = (key) =>
    [...document.querySelectorAll("[data-key]")].find(
      (element) => element.dataset.key === key && !element.disabled && (isShown(element) || element.closest("details:not([open])")),
    );

  const listKeys = () => {
    const here = dialog.querySelector("[data-keys-here]");
    here.replaceChildren();
    const seen = new Set();
    for (const element of document.querySelectorAll("[data-key]")) {
      const { key } = element.dataset;
      if (seen.has(key)) continue;
      seen.add(key);
      const term = document.createElement("dt");
      const kbd = document.createElement("kbd");
      kbd.textContent = key;
      term.append(kbd);
      const what = document.createElement("dd");
      what.textContent = labelOf(element);
      here.append(term, what);
    }
    dialog.querySelector("[data-keys-rows]").hidden = rows().length === 0;
    here.parentElement.hidden = seen.size === 0;
  };

  const showKeys = () => {
    toggle.checked = !isOff();
    listKeys();
    dialog.showModal();
  };

  toggle.addEventListener("change", () => {
    if (toggle.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "yes");
  });
  for (const opener of document.querySelectorAll("[data-opens-keys]")) {
    opener.hidden = false;
    opener.addEventListener("click", showKeys);
  }

  // The inbox that u leads back to is the one that was seen last.
  const remember = () => {
    if (!document.querySelector("[data-filters]")) return;
    const id = currentRow() && openerOf(currentRow())?.id;
    const anchor = id ? `#${id}` : "";
    sessionStorage.setItem(INBOX, `/${location.search}${anchor}`);
  };
  addEventListener("pagehide", remember);

  const goBack = () => {
    const own = document.querySelector('[data-key="u"]');
    location.assign(own?.href ?? sessionStorage.getItem(INBOX) ?? "/");
  };

  // After a posted form the reading goes on where the page says what came of it.
  const ACTED = "learning-loop-acted";
  document.addEventListener("submit", (event) => {
    if (event.target.method === "post" && !event.defaultPrevented) sessionStorage.setItem(ACTED, "yes");
  });
  if (sessionStorage.getItem(ACTED)) {
    sessionStorage.removeItem(ACTED);
    const told = document.querySelector("[data-after-act], main .notice") ?? document.querySelector("main h1");
    if (told && !location.hash && document.activeElement === document.body) {
      told.tabIndex = -1;
      told.focus();
    }
  }

  const act = (key) => {
    if (key === "?") showKeys();
    else if ((key === "j" || key === "k") && move(key === "j" ? 1 : -1)) return true;
    else if (key === "o" && currentRow()) openerOf(currentRow()).click();
    else if (key === "x" && currentRow()?.querySelector("[data-pick]")) {
      currentRow().querySelector("[data-pick]").click();
    } else if (key === "u" && !document.querySelector("[data-filters]")) goBack();
    else {
      const element = offered(key);
      if (!element) return false;
      press(element);
    }
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]") || isOff() || isTyping(event.target)) return;
    // Shift only where it makes the character itself.
    if (event.shiftKey && event.key !== "?" && event.key !== "/") return;
    // A key that is held down goes through rows, and does nothing twice.
    if (event.repeat && !["j", "k"].includes(event.key)) return;
    const isChord = event.timeStamp - chordSince < CHORD_MS;
    chordSince = -Infinity;
    if (isChord && PLACES[event.key]) {
      event.preventDefault();
      location.assign(PLACES[event.key]);
    } else if (event.key === "g") {
      chordSince = event.timeStamp;
    } else if (act(event.key)) {
      event.preventDefault();
    }
  });

  // Mornings in the reader's own zone, and moments that the server wrote in UTC.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const field of document.querySelectorAll("[data-zone]")) field.value = zone ?? "";
  for (const time of document.querySelectorAll("time[data-local]")) {
    time.title = time.textContent;
    time.textContent = new Date(time.dateTime).toLocaleString("en-GB", {
      day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit",
    });
  }
})();
